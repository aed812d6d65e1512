using System.Collections.Immutable;
using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Requests;

/// <summary>How far what somebody holds covers the accreditations that are asked for, from one instant on.</summary>
/// <param name="Missing">Those not held at that instant, in the order they were asked for.</param>
/// <param name="Until">First instant at which one of them is not held any more; null where some are missing, or none was asked for.</param>
/// <param name="Begins">When the last of the missing ones begins by itself; null where one does not, as far as is known, or none is missing.</param>
public sealed record AccreditationCover(ImmutableArray<string> Missing, DateTimeOffset? Until, DateTimeOffset? Begins)
{
    /// <summary>What <paramref name="held"/> says of <paramref name="asked"/> at <paramref name="at"/>.</summary>
    /// <remarks>One source that says so is enough, and where one's time ends another's may go on. Pure.</remarks>
    public static AccreditationCover Of(IEnumerable<string> asked, IReadOnlyCollection<HeldAccreditation> held, DateTimeOffset at)
    {
        var all = asked.Distinct(StringComparer.Ordinal).Select(a => (Asked: a, Windows: held.Where(h => h.Accreditation == a && !h.Ended).ToList())).ToList();
        var missing = all.FindAll(a => EndOf(a.Windows, at) == at);
        var begins = missing.ConvertAll(a => a.Windows.Where(w => w.NotBefore > at).Min(w => (DateTimeOffset?)w.NotBefore));
        return new(
            [.. missing.Select(a => a.Asked)],
            missing.Count > 0 || all.Count == 0 ? null : all.Min(a => EndOf(a.Windows, at)),
            begins.Contains(null) ? null : begins.Max()
        );
    }

    /// <summary>Where the windows that follow <paramref name="at"/> without a gap end; <paramref name="at"/> itself where none covers it.</summary>
    private static DateTimeOffset EndOf(List<HeldAccreditation> windows, DateTimeOffset at)
    {
        var end = at;
        while (windows.Where(w => w.NotBefore <= end && w.NotAfter > end).Max(w => (DateTimeOffset?)w.NotAfter) is { } further)
        {
            end = further;
        }
        return end;
    }
}
