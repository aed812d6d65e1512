namespace Entitlements.Engine.Decisions;

/// <summary>Step 6 of a decision: does the subject hold, at this instant, a role that the rule names?</summary>
internal static class RoleStep
{
    /// <param name="Reasons">Empty when a role confers; else the nearest miss: suspended, conflicting, or not held.</param>
    /// <param name="By">The assignment that confers, or 0.</param>
    /// <param name="InWindow">Some assignment of a named role covers the instant, suspended or not: the person may know of the app.</param>
    /// <param name="Steady">No instant before this one has another outcome; on it the outcome may differ.</param>
    internal readonly record struct Outcome(DenyReasons Reasons, long By, bool InWindow, DateTimeOffset Steady);

    internal static Outcome Judge(Facts facts, DateTimeOffset at)
    {
        HeldRole? best = null;
        bool inWindow = false, suspended = false, pending = false;
        for (var i = 0; i < facts.Held.Count; i++)
        {
            var held = facts.Held[i];
            if (at >= held.NotAfter || !IsNamed(facts.Rule, held.Role))
            {
                continue;
            }
            if (at < held.NotBefore)
            {
                pending = true;
                continue;
            }
            inWindow = true;
            suspended |= held.Suspended;
            best = !held.Suspended && Outranks(held, best) ? held : best;
        }
        if (best is not null && SteadyUntil(facts, best, at) is { } steady)
        {
            return new(default, best.Assignment, inWindow, steady);
        }
        var conflicting = best is not null;
        steady = inWindow || pending ? Boundaries.NextAfter(facts.Held, at) : DateTimeOffset.MaxValue;
        best = conflicting ? StrongestWithoutConflict(facts, at) : null;
        return best is null
            ? new(NearestMiss(suspended, conflicting), 0, inWindow, steady)
            : new(default, best.Assignment, inWindow, steady);
    }

    private static DenyReasons NearestMiss(bool suspended, bool conflicting) =>
        default(DenyReasons)
            .With(DenyReason.AssignmentSuspended, suspended)
            .With(DenyReason.SeparationOfDuty, conflicting)
            .With(DenyReason.RoleNotHeld, !suspended && !conflicting);

    /// <summary>How long <paramref name="best"/> surely stays the one that confers; null when it conflicts with another at <paramref name="at"/>.</summary>
    private static DateTimeOffset? SteadyUntil(Facts facts, HeldRole best, DateTimeOffset at)
    {
        var steady = best.NotAfter;
        for (var i = 0; i < facts.Held.Count; i++)
        {
            var other = facts.Held[i];
            if (other.Suspended || other.NotBefore >= steady || at >= other.NotAfter)
            {
                continue;
            }
            if (AreIncompatible(best, other))
            {
                if (other.NotBefore <= at)
                {
                    return null;
                }
                steady = other.NotBefore;
            }
            else if (other.NotBefore > at && Outranks(other, best) && IsNamed(facts.Rule, other.Role))
            {
                steady = other.NotBefore;
            }
        }
        return steady;
    }

    private static HeldRole? StrongestWithoutConflict(Facts facts, DateTimeOffset at)
    {
        HeldRole? best = null;
        for (var i = 0; i < facts.Held.Count; i++)
        {
            var held = facts.Held[i];
            if (!held.Suspended && held.CoversInstant(at) && Outranks(held, best) && IsNamed(facts.Rule, held.Role)
                && SteadyUntil(facts, held, at) is not null)
            {
                best = held;
            }
        }
        return best;
    }

    /// <remarks>The longest, then the lowest id: a total order, so that replicas agree.</remarks>
    private static bool Outranks(HeldRole held, HeldRole? best) =>
        best is null || held.NotAfter > best.NotAfter || (held.NotAfter == best.NotAfter && held.Assignment < best.Assignment);

    /// <remarks>Incompatible both ways: it is enough that either of the two roles names the other.</remarks>
    private static bool AreIncompatible(HeldRole one, HeldRole other) =>
        IsAmong(one.ConflictsWith, other.Role) || IsAmong(other.ConflictsWith, one.Role);

    private static bool IsNamed(RuleFacts? rule, string role) => rule is not null && IsAmong(rule.Roles, role);

    private static bool IsAmong(IReadOnlyList<string> roles, string role)
    {
        for (var i = 0; i < roles.Count; i++)
        {
            if (roles[i] == role)
            {
                return true;
            }
        }
        return false;
    }
}
