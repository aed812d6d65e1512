using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>How many people rules reach: who holds, now or later, a role that the rule of a live app names. Devices and guidance are left out, the person's own steps, and accreditations, which come without a vote: who lacks one today may be said to hold it tomorrow.</summary>
internal static class Exposure
{
    /// <summary>Distinct people of <paramref name="tenant"/> whom any of <paramref name="apps"/> reaches.</summary>
    public static async Task<int> CountAsync(EntitlementsDb db, string tenant, IReadOnlyList<string> apps, DateTimeOffset now) =>
        await ReachedRolesAsync(db, tenant, apps, now) is { Count: > 0 } roles
            ? await Holders(db, tenant, roles, now).Select(s => s.Key).Distinct().CountAsync()
            : 0;

    /// <summary>The keys of those accounts.</summary>
    public static async Task<HashSet<long>> ReachedAsync(EntitlementsDb db, string tenant, IReadOnlyList<string> apps, DateTimeOffset now) =>
        await ReachedRolesAsync(db, tenant, apps, now) is { Count: > 0 } roles
            ? await Holders(db, tenant, roles, now).Select(s => s.Key).Distinct().ToHashSetAsync()
            : [];

    /// <summary>True when any of <paramref name="apps"/> reaches one of the accounts of <paramref name="person"/>.</summary>
    public static async Task<bool> ReachesAsync(EntitlementsDb db, string tenant, IReadOnlyList<string> apps, string person, DateTimeOffset now) =>
        await ReachedRolesAsync(db, tenant, apps, now) is { Count: > 0 } roles && await Holders(db, tenant, roles, now).AnyAsync(s => s.Person == person);

    /// <summary>People of the tenant who could hold anything at all.</summary>
    public static Task<int> ActivePeopleAsync(EntitlementsDb db, string tenant) => db.Subjects.CountAsync(s => s.Tenant == tenant && s.Active && !s.Suspended);

    /// <summary>Apps of <paramref name="tenant"/> whose rules name <paramref name="role"/>.</summary>
    public static async Task<List<string>> AppsNamingAsync(EntitlementsDb db, string tenant, string role) =>
        (await db.Rules.AsNoTracking().Where(r => r.Tenant == tenant).ToListAsync()).Where(r => r.Roles.Contains(role)).Select(r => r.App).Distinct().ToList();

    private static IQueryable<Assignments.SubjectRow> Holders(EntitlementsDb db, string tenant, IReadOnlyCollection<string> roles, DateTimeOffset now) =>
        from assignment in db.Assignments.Unended(now)
        join subject in db.Subjects on assignment.SubjectKey equals subject.Key
        join role in db.Roles on new { assignment.Tenant, assignment.Role } equals new { role.Tenant, Role = role.Id }
        where assignment.Tenant == tenant && roles.Contains(assignment.Role) && !assignment.Suspended && !role.Deleted && subject.Active && !subject.Suspended
        select subject;

    /// <summary>Roles named by the rules of those apps that anybody could have at all: live, with a published release that is not held, assessed where they must be.</summary>
    private static async Task<HashSet<string>> ReachedRolesAsync(EntitlementsDb db, string tenant, IReadOnlyList<string> apps, DateTimeOffset now)
    {
        var roles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in await db.Rules.AsNoTracking().Where(r => r.Tenant == tenant && apps.Contains(r.App)).ToListAsync())
        {
            if (!(rule.InForceUntil <= now) && await IsLiveAsync(db, tenant, rule.Type, rule.App, now))
            {
                roles.UnionWith(rule.Roles);
            }
        }
        return roles;
    }

    private static async Task<bool> IsLiveAsync(EntitlementsDb db, string tenant, string type, string id, DateTimeOffset now) =>
        type != Resource.App || (await AppGrounds.OfAsync(db, tenant, id, now)).AreLive;
}
