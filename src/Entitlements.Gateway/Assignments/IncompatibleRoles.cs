using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Roles that may not be held together (NIST RBAC, static separation of duty).</summary>
internal static class IncompatibleRoles
{
    /// <summary>True where the person holds, in [<paramref name="from"/>, <paramref name="until"/>), a role that may not be held together with <paramref name="role"/>. What is past stands in nobody's way.</summary>
    public static async Task<bool> StandAgainstAsync(WriteScope scope, RoleRow role, long subjectKey, DateTimeOffset from, DateTimeOffset? until)
    {
        var others = await (
            from assignment in scope.Db.Assignments.Unended(scope.Now)
            join other in scope.Db.Roles on new { assignment.Tenant, assignment.Role } equals new { other.Tenant, Role = other.Id }
            where
                assignment.SubjectKey == subjectKey && assignment.Tenant == role.Tenant && assignment.Role != role.Id && !assignment.Suspended && !other.Deleted
            select new { Row = assignment, Policy = other }
        ).ToListAsync();
        return others.Any(o =>
            (o.Policy.IncompatibleWith.Contains(role.Id) || role.IncompatibleWith.Contains(o.Row.Role))
            && Windows.Overlap(o.Row.NotBefore, o.Row.NotAfter, from < scope.Now ? scope.Now : from, until)
        );
    }
}
