using System.Collections.Immutable;

namespace Entitlements.Engine.Decisions;

/// <summary>Does the subject hold, at this instant, every accreditation that a rule or a role asks for?</summary>
internal static class AccreditationStep
{
    /// <returns>Empty when all of <paramref name="asked"/> are held; else which kinds of lack there are.</returns>
    internal static DenyReasons Judge(ImmutableArray<string> asked, ImmutableArray<HeldAccreditation> held, DateTimeOffset at)
    {
        var reasons = default(DenyReasons);
        for (var i = 0; i < asked.Length; i++)
        {
            reasons = new(reasons.Bits | OfOne(asked[i], held, at).Bits);
        }
        return reasons;
    }

    /// <remarks>One source that says so now is enough, whatever another says.</remarks>
    private static DenyReasons OfOne(string asked, ImmutableArray<HeldAccreditation> held, DateTimeOffset at)
    {
        var ended = false;
        for (var i = 0; i < held.Length; i++)
        {
            var one = held[i];
            if (one.Accreditation != asked)
            {
                continue;
            }
            if (one.CoversInstant(at))
            {
                return default;
            }
            ended |= one.Ended || at >= one.NotAfter;
        }
        return default(DenyReasons).With(ended ? DenyReason.AccreditationLapsed : DenyReason.AccreditationMissing);
    }
}
