using System.Collections.Immutable;

namespace Entitlements.Engine.Decisions;

/// <summary>Step 6 of a decision: does the subject hold, at this instant, a role that the rule names?</summary>
internal static class RoleStep
{
    /// <param name="Reasons">Empty when a role confers; else the nearest miss: suspended, conflicting, for another device, without its ground, not accredited, or not held.</param>
    /// <param name="By">The assignment that confers, or 0.</param>
    /// <param name="InWindow">Some assignment of a named role covers the instant, suspended or not, and has its ground: the person may know of the app.</param>
    /// <param name="Steady">No instant before this one has another outcome, unless an accreditation, or a right in another tenant, begins or ends; on it the outcome may differ.</param>
    internal readonly record struct Outcome(DenyReasons Reasons, long By, bool InWindow, DateTimeOffset Steady);

    internal static Outcome Judge(Facts facts, DateTimeOffset at) =>
        facts.Rule is not { } rule ? new(default(DenyReasons).With(DenyReason.RoleNotHeld), 0, InWindow: false, DateTimeOffset.MaxValue)
        : Strongest(facts, rule, at) is { } best && SteadyUntil(facts.Held, rule, best, at) is { } steady
            ? new(default, best.Assignment, InWindow: true, steady)
        : JudgeOneByOne(facts, rule, at);

    /// <summary>The strongest assignment, conflicts aside: mostly the one that confers.</summary>
    private static HeldRole? Strongest(Facts facts, RuleFacts rule, DateTimeOffset at)
    {
        HeldRole? best = null;
        for (var i = 0; i < facts.Held.Length; i++)
        {
            var held = facts.Held[i];
            if (held.CoversInstant(at) && !held.Suspended && Outranks(held, best) && IsNamed(rule, held) && LackOf(held, facts, at).IsEmpty)
            {
                best = held;
            }
        }
        return best;
    }

    private static Outcome JudgeOneByOne(Facts facts, RuleFacts rule, DateTimeOffset at)
    {
        var all = facts.Held;
        HeldRole? best = null;
        var lack = default(DenyReasons);
        bool inWindow = false,
            suspended = false,
            conflicting = false,
            later = false;
        for (var i = 0; i < all.Length; i++)
        {
            var held = all[i];
            if (at >= held.NotAfter || !IsNamed(rule, held))
            {
                continue;
            }
            later |= at < held.NotBefore;
            if (!held.CoversInstant(at))
            {
                continue;
            }
            var stands = AidStep.Stands(held, at);
            inWindow |= stands;
            later |= !stands; // its ground may come back
            suspended |= held.Suspended;
            if (held.Suspended || !Outranks(held, best))
            {
                continue;
            }
            var conflicts = SteadyUntil(all, rule, held, at) is null;
            conflicting |= conflicts;
            var lacks = LackOf(held, facts, at);
            lack = new(lack.Bits | lacks.Bits);
            best = conflicts || !lacks.IsEmpty ? best : held;
        }
        var steady = inWindow || later ? Boundaries.NextAfter(all, at) : DateTimeOffset.MaxValue;
        return best is null ? new(NearestMiss(suspended, conflicting, lack), 0, inWindow, steady) : new(default, best.Assignment, inWindow, steady);
    }

    private static DenyReasons NearestMiss(bool suspended, bool conflicting, DenyReasons lack) =>
        lack.With(DenyReason.AssignmentSuspended, suspended)
            .With(DenyReason.SeparationOfDuty, conflicting)
            .With(DenyReason.RoleNotHeld, !suspended && !conflicting && lack.IsEmpty);

    /// <summary>What the assignment, or its role, asks for and is not there.</summary>
    /// <remarks>Asked of who would confer, never of who conflicts: or a lapse could end a conflict, and so let somebody in.</remarks>
    private static DenyReasons LackOf(HeldRole held, Facts facts, DateTimeOffset at) =>
        AccreditationStep
            .Judge(held.Accreditations, facts.Accreditations, at)
            .With(DenyReason.DeviceNotGranted, held.ForAnotherDevice)
            .With(DenyReason.HomeRightNotHeld, !AidStep.Stands(held, at));

    /// <summary>How long <paramref name="best"/> surely stays the one that confers; null when it conflicts with another at <paramref name="at"/>.</summary>
    private static DateTimeOffset? SteadyUntil(ImmutableArray<HeldRole> all, RuleFacts rule, HeldRole best, DateTimeOffset at)
    {
        var steady = best.NotAfter;
        for (var i = 0; i < all.Length; i++)
        {
            var other = all[i];
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
            else if (other.NotBefore > at && Outranks(other, best) && IsNamed(rule, other))
            {
                steady = other.NotBefore;
            }
        }
        return steady;
    }

    /// <remarks>The longest, then the lowest id: a total order, so that replicas agree.</remarks>
    private static bool Outranks(HeldRole held, HeldRole? best) =>
        best is null || held.NotAfter > best.NotAfter || (held.NotAfter == best.NotAfter && held.Assignment < best.Assignment);

    /// <remarks>Incompatible both ways: it is enough that either of the two roles names the other.</remarks>
    internal static bool AreIncompatible(HeldRole one, HeldRole other) => IsAmong(one.ConflictsWith, other.Role) || IsAmong(other.ConflictsWith, one.Role);

    private static bool IsNamed(RuleFacts rule, HeldRole held) => IsAmong(rule.Roles, held.Role);

    private static bool IsAmong(ImmutableArray<string> roles, string role)
    {
        for (var i = 0; i < roles.Length; i++)
        {
            if (roles[i] == role)
            {
                return true;
            }
        }
        return false;
    }
}
