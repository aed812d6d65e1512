using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;

namespace Entitlements.Gateway.Requests;

/// <summary>What became of a grant. That it was once approved is history, and never one of these.</summary>
internal enum GrantState
{
    /// <summary>It begins later.</summary>
    Scheduled,
    Active,

    /// <summary>It confers nothing until somebody decides.</summary>
    Suspended,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Its holder gave it back.</summary>
    HandedBack,

    /// <summary>It was taken away.</summary>
    Revoked,

    /// <summary>A later request goes on from it.</summary>
    Renewed,
}

/// <summary>The assignment that a request became: in force in [from, until) while it is active.</summary>
internal sealed record GrantView(DateTimeOffset From, DateTimeOffset Until, GrantState State)
{
    /// <param name="held">The person's assignments by requests: one of a role and source is overwritten by the next.</param>
    /// <returns>Null where nothing was granted.</returns>
    public static GrantView? Of(AccessRequestRow row, IEnumerable<RoleAssignmentRow> held, DateTimeOffset now)
    {
        if (row is not { GrantedFrom: { } from, GrantedUntil: { } until })
        {
            return null;
        }
        var source = row.Urgency == Urgency.Ordinary ? AssignmentSource.Request : AssignmentSource.Emergency;
        var ofRole = held.Where(a => a.Tenant == row.Tenant && a.Role == row.Role && a.Source == source).ToList();
        return ofRole.Find(a => a.Origin == row.Id) is { NotAfter: { } end } own
            ? new(from, end, StateOf(row, own, now))
            : new(from, until, Gone(from, until, ofRole, now));
    }

    private static GrantState StateOf(AccessRequestRow row, RoleAssignmentRow own, DateTimeOffset now) =>
        own.Ended ? (own.NotAfter == row.GrantedUntil ? GrantState.HandedBack : GrantState.Revoked)
        : own.NotAfter <= now ? GrantState.Expired
        : own.Suspended ? GrantState.Suspended
        : own.NotBefore > now ? GrantState.Scheduled
        : GrantState.Active;

    /// <summary>Its row is another request's now, or was removed before it began.</summary>
    private static GrantState Gone(DateTimeOffset from, DateTimeOffset until, List<RoleAssignmentRow> others, DateTimeOffset now) =>
        others.Exists(a => a.NotBefore <= from && from < until) ? GrantState.Renewed
        : until <= from ? GrantState.HandedBack
        : others.Count > 0 && until <= now ? GrantState.Expired
        : GrantState.Revoked;
}
