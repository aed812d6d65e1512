namespace Entitlements.Engine.Decisions;

/// <summary>Step 6 of a decision: does the subject hold, at this instant, a role that the rule names?</summary>
internal static class RoleStep
{
    /// <param name="Reasons">Empty when a role confers; else the nearest miss: suspended, conflicting, or not held.</param>
    /// <param name="By">The assignment that confers, or 0.</param>
    /// <param name="InWindow">Some assignment of a named role covers the instant, suspended or not: the person may know of the app.</param>
    internal readonly record struct Outcome(DenyReasons Reasons, long By, bool InWindow);

    internal static Outcome Judge(Facts facts, DateTimeOffset at)
    {
        HeldRole? best = null;
        bool inWindow = false, suspended = false, conflicting = false;
        for (var i = 0; i < facts.Held.Count; i++)
        {
            var held = facts.Held[i];
            if (!held.CoversInstant(at) || facts.Rule?.Roles.Contains(held.Role) != true)
            {
                continue;
            }
            inWindow = true;
            if (held.Suspended)
            {
                suspended = true;
            }
            else if (HasConflict(facts.Held, held, at))
            {
                conflicting = true;
            }
            else if (best is null || held.NotAfter > best.NotAfter || (held.NotAfter == best.NotAfter && held.Assignment < best.Assignment))
            {
                best = held;
            }
        }
        if (best is not null)
        {
            return new(default, best.Assignment, inWindow);
        }
        var reasons = default(DenyReasons)
            .With(DenyReason.AssignmentSuspended, suspended)
            .With(DenyReason.SeparationOfDuty, conflicting);
        return new(reasons.With(DenyReason.RoleNotHeld, reasons.IsEmpty), 0, inWindow);
    }

    /// <remarks>Incompatible both ways: it is enough that either of the two roles names the other.</remarks>
    private static bool HasConflict(IReadOnlyList<HeldRole> all, HeldRole held, DateTimeOffset at)
    {
        for (var i = 0; i < all.Count; i++)
        {
            var other = all[i];
            if (other.CoversInstant(at) && !other.Suspended && (held.ConflictsWith.Contains(other.Role) || other.ConflictsWith.Contains(held.Role)))
            {
                return true;
            }
        }
        return false;
    }
}
