using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Reviews;
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

    /// <summary>Every two roles of the tenant that may not be held together, in both orders.</summary>
    public static async Task<HashSet<(string One, string Other)>> PairsAsync(EntitlementsDb db, string tenant) =>
        [
            .. (await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant).ToListAsync()).SelectMany(r =>
                r.IncompatibleWith.SelectMany(other => new[] { (r.Id, other), (other, r.Id) })
            ),
        ];

    /// <summary>
    /// Suspends what may not be held together with an assignment that leaves, where both stood at the same time: neither conferred anything then, and taking
    /// one away gives nothing back. As ever, giving it back is a change.
    /// </summary>
    /// <param name="freed">What no longer covers the time that it covered; saved already, and not suspended before.</param>
    /// <param name="pairs">As <see cref="PairsAsync"/> says; null: read here.</param>
    public static async Task HoldBackAsync(WriteScope scope, IReadOnlyCollection<Freed> freed, HashSet<(string One, string Other)>? pairs = null)
    {
        foreach (var ofTenant in freed.GroupBy(f => f.Row.Tenant, StringComparer.Ordinal))
        {
            var apart = pairs ?? await PairsAsync(scope.Db, ofTenant.Key);
            var leaving = ofTenant.Select(f => f.Row.Role).ToHashSet(StringComparer.Ordinal);
            var roles = apart.Where(p => leaving.Contains(p.One)).Select(p => p.Other).Distinct().ToList();
            if (roles.Count == 0)
            {
                continue;
            }
            var ofPerson = ofTenant.ToLookup(f => f.Row.SubjectKey);
            var keys = ofPerson.Select(person => person.Key).ToList();
            var standing = await scope
                .Db.Assignments.Unended(scope.Now)
                .Where(a => a.Tenant == ofTenant.Key && roles.Contains(a.Role) && keys.Contains(a.SubjectKey) && !a.Suspended)
                .OrderBy(a => a.Id)
                .ToListAsync();
            var held = standing.FindAll(a => ofPerson[a.SubjectKey].Any(f => apart.Contains((f.Row.Role, a.Role)) && f.Meets(a)));
            foreach (var row in held)
            {
                await SuspendAsync(scope, row);
            }
            await HoldBackAsync(scope, [.. held.Select(Freed.All)], apart); // what these in turn stood against
        }
    }

    /// <summary>Suspends one of two that may not be held together, for its reviewers to look at.</summary>
    public static async Task SuspendAsync(WriteScope scope, RoleAssignmentRow row)
    {
        row.Suspended = true;
        row.Version++;
        scope.Invalidate(Evidence.Role(row.Tenant, row.Role));
        scope.Audit("assignment.suspended", row.Tenant, "machine:entitlements", $"assignment/{row.Id}", new { because = "incompatible_role" });
        await IncompatibilityReviews.OpenAsync(scope, row);
    }
}

/// <summary>Time that an assignment covered and no longer does.</summary>
internal readonly record struct Freed(RoleAssignmentRow Row, DateTimeOffset From, DateTimeOffset? Until)
{
    /// <summary>All of its time, as it stands now.</summary>
    public static Freed All(RoleAssignmentRow row) => new(row, row.NotBefore, row.NotAfter);

    /// <summary>True where <paramref name="other"/> stands in some of it.</summary>
    public bool Meets(RoleAssignmentRow other) => From < (Until ?? DateTimeOffset.MaxValue) && Windows.Overlap(other.NotBefore, other.NotAfter, From, Until);
}
