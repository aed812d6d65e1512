using System.Globalization;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Who the groups of an approval policy are, at one instant. Whoever is not active, or has no person on record, is in none.</summary>
internal static class Approvers
{
    /// <summary>Names the group in the inbox.</summary>
    /// <param name="beneficiary">Whose line manager is meant.</param>
    public static string GroupOf(Approver approver, long beneficiary) =>
        approver.Kind switch
        {
            ApproverKind.Role => $"role:{approver.Id}",
            ApproverKind.Subject => $"subject:{approver.Id}",
            ApproverKind.LineManager => string.Create(CultureInfo.InvariantCulture, $"manager-of:{beneficiary}"),
            ApproverKind.OnDuty => $"rota:{approver.Id}",
        };

    /// <summary>The groups that one account is in now by being on duty. Nobody delegates these: a shift is swapped.</summary>
    public static async Task<IEnumerable<string>> DutiesOfAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset now) =>
        (await OnDuty.RotasOfAsync(db, subject, now)).Select(rota => $"rota:{rota}");

    /// <summary>The groups that one account is in now, duties left out, by the names of <see cref="GroupOf"/>.</summary>
    public static async Task<HashSet<string>> GroupsOfAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset now) =>
        (await GroupsOfAsync(db, [subject], now))[subject.Key];

    /// <summary>The same of several accounts of one tenant, by key: as many statements as for one.</summary>
    public static async Task<Dictionary<long, HashSet<string>>> GroupsOfAsync(EntitlementsDb db, List<SubjectRow> subjects, DateTimeOffset now)
    {
        var groups = subjects.ToDictionary(s => s.Key, _ => new HashSet<string>(StringComparer.Ordinal));
        var active = subjects.FindAll(s => s is { Active: true, Suspended: false, Person: not null });
        if (active.Count == 0)
        {
            return groups;
        }
        var (tenant, keys) = (active[0].Tenant, active.ConvertAll(s => s.Key));
        var roles = await (
            from held in InForce(db, now)
            join role in db.Roles on new { held.Tenant, held.Role } equals new { role.Tenant, Role = role.Id }
            where EF.Parameter(keys).Contains(held.SubjectKey) && held.Tenant == tenant && !role.Deleted
            select new { held.SubjectKey, held.Role }
        ).ToListAsync();
        foreach (var held in roles)
        {
            groups[held.SubjectKey].Add($"role:{held.Role}");
        }
        var home = await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleOrDefaultAsync();
        var atHome = active.Where(s => s.Issuer == home).ToDictionary(s => s.Id, StringComparer.Ordinal);
        var ids = atHome.Keys.ToList();
        var managed = await db
            .Subjects.Where(s => s.Tenant == tenant && EF.Parameter(ids).Contains(s.Manager!))
            .Select(s => new { Manager = s.Manager!, s.Key })
            .ToListAsync();
        foreach (var subject in atHome.Values)
        {
            groups[subject.Key].Add($"subject:{subject.Id}");
        }
        foreach (var report in managed)
        {
            groups[atHome[report.Manager].Key].Add(string.Create(CultureInfo.InvariantCulture, $"manager-of:{report.Key}"));
        }
        return groups;
    }

    /// <summary>Distinct persons in any of <paramref name="groups"/>.</summary>
    public static async Task<HashSet<string>> PersonsAsync(
        EntitlementsDb db,
        string tenant,
        SubjectRow? beneficiary,
        IEnumerable<Approver> groups,
        DateTimeOffset now
    ) => (await (await AccountsAsync(db, tenant, beneficiary, groups, now)).Select(s => s.Person!).Distinct().ToListAsync()).ToHashSet(StringComparer.Ordinal);

    /// <summary>Their accounts, each once.</summary>
    public static async Task<IQueryable<SubjectRow>> AccountsAsync(
        EntitlementsDb db,
        string tenant,
        SubjectRow? beneficiary,
        IEnumerable<Approver> groups,
        DateTimeOffset now
    )
    {
        var all = groups.ToLookup(g => g.Kind, g => g.Id);
        var roles = all[ApproverKind.Role].ToList();
        var names = all[ApproverKind.Subject].ToList();
        if (all[ApproverKind.LineManager].Any() && beneficiary?.Manager is { } manager)
        {
            names.Add(manager);
        }
        var onDuty = all[ApproverKind.OnDuty].Distinct().Select(rota => OnDuty.Of(db, tenant, rota, now).Select(s => s.Key)).ToList();
        var home = await db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleAsync();
        var holders =
            from held in InForce(db, now)
            join role in db.Roles on new { held.Tenant, held.Role } equals new { role.Tenant, Role = role.Id }
            where held.Tenant == tenant && roles.Contains(held.Role) && !role.Deleted
            select held.SubjectKey;
        holders = onDuty.Aggregate(holders, (some, more) => some.Concat(more));
        return db.Subjects.Where(s =>
            s.Tenant == tenant && s.Active && !s.Suspended && s.Person != null && ((s.Issuer == home && names.Contains(s.Id)) || holders.Contains(s.Key))
        );
    }

    /// <summary>One more than the votes, for the requester may be among them. Who somebody's line manager is, or who is on duty, is known only with the request.</summary>
    public static async Task<bool> AreEnoughAsync(EntitlementsDb db, string tenant, ApprovalStage stage, DateTimeOffset now)
    {
        if (stage.Approvers.Any(a => a.Kind is ApproverKind.LineManager or ApproverKind.OnDuty))
        {
            return true;
        }
        var needed = stage.Votes ?? (stage.DistinctGroups ? stage.Approvers.Length : 1);
        return (await PersonsAsync(db, tenant, beneficiary: null, [.. stage.Approvers, .. stage.Fallback], now)).Count > needed;
    }

    private static IQueryable<RoleAssignmentRow> InForce(EntitlementsDb db, DateTimeOffset now) =>
        db.Assignments.Unended(now).Where(a => !a.Suspended && a.NotBefore <= now);
}
