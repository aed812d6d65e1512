using System.Collections.Immutable;

namespace Entitlements.Engine.Decisions;

/// <summary>The instants at which time alone may change a judgement.</summary>
internal static class Boundaries
{
    /// <summary>The first instant strictly after <paramref name="at"/> at which a window opens or shuts, or <see cref="DateTimeOffset.MaxValue"/>.</summary>
    internal static DateTimeOffset NextAfter(ImmutableArray<HeldRole> windows, DateTimeOffset at)
    {
        var next = DateTimeOffset.MaxValue;
        for (var i = 0; i < windows.Length; i++)
        {
            next = Earlier(next, windows[i].NotBefore, at);
            next = Earlier(next, windows[i].NotAfter, at);
            next = windows[i].RestsOn is { } home ? NextAfter(home, at, next) : next;
        }
        return next;
    }

    private static DateTimeOffset NextAfter(HomeRight home, DateTimeOffset at, DateTimeOffset next)
    {
        for (var i = 0; i < home.Held.Length; i++)
        {
            next = Earlier(next, home.Held[i].NotBefore, at);
            next = Earlier(next, home.Held[i].NotAfter, at);
        }
        return NextAfter(home.Accreditations, at, next);
    }

    private static DateTimeOffset NextAfter(ImmutableArray<HeldAccreditation> accreditations, DateTimeOffset at, DateTimeOffset next)
    {
        for (var i = 0; i < accreditations.Length; i++)
        {
            if (!accreditations[i].Ended)
            {
                next = Earlier(next, accreditations[i].NotBefore, at);
                next = Earlier(next, accreditations[i].NotAfter, at);
            }
        }
        return next;
    }

    /// <summary><paramref name="next"/>, or the first instant after <paramref name="at"/> at which the time of a rule, of an assessment, of what was set aside, of a device, of a guest or of an exercise ends, or an accreditation or a right in another tenant begins or ends.</summary>
    internal static DateTimeOffset NextAfter(Facts facts, DateTimeOffset at, DateTimeOffset next)
    {
        if (facts.Assessment is { } assessment)
        {
            next = Earlier(next, assessment.InForceUntil, at);
            next = Earlier(next, EndOfGrace(assessment), at);
            next = Earlier(next, assessment.SetAsideUntil ?? DateTimeOffset.MaxValue, at);
        }
        next = facts.Rule is { } rule ? Earlier(next, rule.InForceUntil, at) : next;
        next = NextAfter(facts.Accreditations, at, next);
        for (var i = 0; i < facts.Held.Length; i++)
        {
            next = facts.Held[i].RestsOn is { } home ? NextAfter(home, at, next) : next;
        }
        next = Earlier(next, facts.Subject?.KnownUntil ?? DateTimeOffset.MaxValue, at);
        next = Earlier(next, facts.GuidanceDeferredUntil ?? DateTimeOffset.MaxValue, at);
        return facts.Device is { } device ? Earlier(next, device.UsableUntil, at) : next;
    }

    /// <summary>End of the grace after a lapse; held at the end of time rather than overflowing, and never before the lapse.</summary>
    internal static DateTimeOffset EndOfGrace(AssessmentFacts assessment) =>
        assessment.Grace <= TimeSpan.Zero ? assessment.InForceUntil
        : DateTimeOffset.MaxValue - assessment.InForceUntil < assessment.Grace ? DateTimeOffset.MaxValue
        : assessment.InForceUntil + assessment.Grace;

    private static DateTimeOffset Earlier(DateTimeOffset next, DateTimeOffset candidate, DateTimeOffset at) =>
        candidate > at && candidate < next ? candidate : next;
}
