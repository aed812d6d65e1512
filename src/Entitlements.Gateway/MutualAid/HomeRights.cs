using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>The right at home on which aid rests.</summary>
internal static class HomeRights
{
    /// <summary>One answer whatever is missing at home, so that a host learns no more of another force's people than it must.</summary>
    public static Refusal Missing { get; } =
        new(
            "home_right_missing",
            "No known and active person of that force holds the equivalent role there for all of that time.",
            StatusCodes.Status409Conflict
        );

    /// <summary>True where the person holds the role at home from before <paramref name="from"/> until <paramref name="until"/> at least.</summary>
    /// <remarks>What was itself lent, or is for one device alone, is no ground.</remarks>
    public static Task<bool> CoverAsync(WriteScope scope, SubjectRow subject, string role, DateTimeOffset from, DateTimeOffset until) =>
        Of(scope.Db, subject.Key, subject.Tenant, role, scope.Now)
            .AnyAsync(a => !a.Suspended && a.Device == null && a.NotBefore <= from && (a.NotAfter == null || a.NotAfter >= until));

    /// <summary>The person's own assignments of the role that have not ended.</summary>
    public static IQueryable<RoleAssignmentRow> Of(EntitlementsDb db, long subject, string home, string role, DateTimeOffset now) =>
        db
            .Assignments.Unended(now)
            .Where(a => a.SubjectKey == subject && a.Tenant == home && a.Role == role && a.Source != AssignmentSource.MutualAid)
            .Where(a => db.Roles.Any(r => r.Tenant == a.Tenant && r.Id == a.Role && !r.Deleted));
}
