using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reports;

/// <summary>Looks a tenant's store over: what was right when it was decided and may not be any more. Reads only.</summary>
internal sealed class StoreHealth(EntitlementsDb db, TimeProvider clock)
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongEnough = TimeSpan.FromDays(90);

    /// <summary>In the order of <see cref="FindingKind"/>.</summary>
    public async Task<IReadOnlyList<Finding>> LookAsync(string tenant)
    {
        var now = clock.Now();
        var rules = await db
            .Rules.AsNoTracking()
            .Where(r => r.Tenant == tenant && r.Type == Resource.App)
            .Where(r => !db.Bars.Any(b => b.App == r.App && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant)))
            .OrderBy(r => r.App)
            .ToListAsync();
        var roles = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant && !r.Deleted).OrderBy(r => r.Id).ToDictionaryAsync(r => r.Id);
        List<Finding> found =
        [
            .. await OfAudiencesAsync(tenant, rules, roles, now),
            .. await OfOwnersAsync(tenant, rules, now),
            .. rules.Where(r => r.InForceUntil <= now + Soon).Select(r => Found(FindingKind.RuleLapsing) with { App = r.App, At = r.InForceUntil }),
            .. await OfAssessmentsAsync(tenant, now),
            .. await OfObservationsAsync(tenant, now),
            .. await OfPoolsAsync(tenant, now),
            .. await OfRolesAsync(tenant, roles.Values, now),
            .. await OfFetchingAsync(tenant, rules, now),
            .. await OfAssignersAsync(tenant, now),
        ];
        return [.. found.OrderBy(f => f.Kind)];
    }

    private static Finding Found(FindingKind kind) => new(kind, Finding.FormulaOf(kind));

    private async Task<List<Finding>> OfAudiencesAsync(string tenant, List<RuleRow> rules, Dictionary<string, RoleRow> roles, DateTimeOffset now)
    {
        var found = new List<Finding>();
        foreach (var app in rules.GroupBy(r => r.App, StringComparer.Ordinal))
        {
            var named = app.SelectMany(r => r.Roles).Distinct().Select(id => roles.GetValueOrDefault(id)).OfType<RoleRow>().ToList();
            if (named.TrueForAll(r => r.Establishment is not null))
            {
                var (meant, reached) = (named.Sum(r => r.Establishment!.Value), await Exposure.CountAsync(db, tenant, [app.Key], now));
                if (reached > meant)
                {
                    found.Add(Found(FindingKind.AudienceAboveEstablishment) with { App = app.Key, Count = reached, Limit = meant });
                }
            }
        }
        return found;
    }

    private async Task<List<Finding>> OfOwnersAsync(string tenant, List<RuleRow> rules, DateTimeOffset now)
    {
        var owners = await HoldersAsync(tenant, Function.AppOwner, now);
        var found = new List<Finding>();
        foreach (var rule in rules)
        {
            var target = $"{rule.Type}/{rule.App}/rule/{tenant}/{rule.Action}";
            var proposer = await db
                .Changes.Where(c => c.Target == target && c.State == ChangeState.Published)
                .OrderByDescending(c => c.Revision)
                .Select(c => c.ProposerPerson)
                .FirstOrDefaultAsync();
            if (proposer is null || !owners.Contains(proposer))
            {
                found.Add(Found(FindingKind.RuleWithoutOwner) with { App = rule.App });
            }
        }
        return found;
    }

    private async Task<List<Finding>> OfAssessmentsAsync(string tenant, DateTimeOffset now)
    {
        var soon = now + Soon;
        var lapsing = await db
            .Assessments.AsNoTracking()
            .Where(a => a.Tenant == tenant && a.Outcome == AssessmentOutcome.Approved && a.InForceUntil <= soon)
            .Where(a => !db.Bars.Any(b => b.App == a.App && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant)))
            .OrderBy(a => a.App)
            .ToListAsync();
        return lapsing.ConvertAll(a => Found(FindingKind.AssessmentLapsing) with { App = a.App, At = a.InForceUntil });
    }

    private async Task<List<Finding>> OfObservationsAsync(string tenant, DateTimeOffset now)
    {
        var overdue = db.Observations.AsNoTracking().Where(o => o.Tenant == tenant && o.EndedAt == null && o.Until <= now).OrderBy(o => o.App);
        return (await overdue.ToListAsync()).ConvertAll(o => Found(FindingKind.ObservationOverdue) with { App = o.App, At = o.Until });
    }

    private async Task<List<Finding>> OfPoolsAsync(string tenant, DateTimeOffset now)
    {
        var found = new List<Finding>();
        foreach (var row in await db.ApprovalPolicies.AsNoTracking().Where(p => p.Tenant == tenant && !p.Deleted).OrderBy(p => p.Role).ToListAsync())
        {
            if (ApprovalPolicies.Read(row.Policy) is not { } policy || await ApproverWatch.LacksVotersAsync(db, tenant, policy, now))
            {
                found.Add(Found(FindingKind.PoolBelowQuorum) with { Role = row.Role });
            }
        }
        if (!await Quorum.StandsAsync(db, tenant, now))
        {
            found.Add(Found(FindingKind.OfficersMissing));
        }
        return found;
    }

    private async Task<List<Finding>> OfRolesAsync(string tenant, IEnumerable<RoleRow> roles, DateTimeOffset now)
    {
        var found = new List<Finding>();
        foreach (var role in roles.Where(r => r.Establishment is not null))
        {
            if (await Seats.HoldersAsync(db, tenant, role.Id, butNot: null, now) is var held && held > role.Establishment)
            {
                found.Add(Found(FindingKind.RoleAboveEstablishment) with { Role = role.Id, Count = held, Limit = role.Establishment });
            }
        }
        return found;
    }

    private async Task<List<Finding>> OfFetchingAsync(string tenant, List<RuleRow> rules, DateTimeOffset now)
    {
        var found = new List<Finding>();
        foreach (var rule in rules.Where(r => r.Action == Engine.Decisions.Action.Download && !(r.InForceUntil <= now)))
        {
            if (await Idle(tenant, rule, now).Distinct().CountAsync() is > 0 and var idle)
            {
                found.Add(Found(FindingKind.NeverFetched) with { App = rule.App, Count = idle });
            }
        }
        return found;
    }

    /// <summary>Accounts that have long held a role of the rule and never redeemed an entitlement for the app.</summary>
    private IQueryable<long> Idle(string tenant, RuleRow rule, DateTimeOffset now)
    {
        var since = now - LongEnough;
        var fetched =
            from entitlement in db.Entitlements
            join redemption in db.Redemptions on entitlement.Id equals redemption.Entitlement
            where entitlement.Tenant == tenant && entitlement.App == rule.App
            select entitlement.SubjectKey;
        return from held in db.Assignments.Unended(now)
            join subject in db.Subjects on held.SubjectKey equals subject.Key
            where held.Tenant == tenant && rule.Roles.Contains(held.Role) && !held.Suspended && held.NotBefore <= since
            where subject.Active && !subject.Suspended && !fetched.Contains(subject.Key)
            select subject.Key;
    }

    /// <summary>Restricted roles alone are assigned by a change: who proposed it stands there.</summary>
    private async Task<List<Finding>> OfAssignersAsync(string tenant, DateTimeOffset now)
    {
        var admins = await HoldersAsync(tenant, Function.RoleAdmin, now);
        var platform = await HoldersAsync(TenantRow.Platform, Function.PlatformAdmin, now); // they appoint a force's first officers
        var kept = await ( // somebody with the right has looked since
            from item in db.ReviewItems
            join review in db.Reviews on item.Review equals review.Id
            where review.Tenant == tenant && item.Status == ReviewItemStatus.Kept
            select item.Assignment
        ).ToHashSetAsync();
        var assigned = await (
            from held in db.Assignments.Unended(now)
            join role in db.Roles on new { held.Tenant, held.Role } equals new { role.Tenant, Role = role.Id }
            join subject in db.Subjects on held.SubjectKey equals subject.Key
            join change in db.Changes on "tenant/" + held.Tenant + "/role/" + held.Role + "/assignment/" + subject.Id equals change.Target
            where held.Tenant == tenant && held.Source == AssignmentSource.Admin && role.Restricted && change.State == ChangeState.Published
            select new
            {
                held.Role,
                role.Administrative,
                subject.Id,
                subject.Person,
                change.ProposerPerson,
                change.Revision,
                Assignment = held.Id,
            }
        ).ToListAsync();
        return
        [
            .. assigned
                .GroupBy(a => (a.Role, a.Id))
                .Select(g => g.MaxBy(a => a.Revision)!)
                .OrderBy(a => a.Role, StringComparer.Ordinal)
                .ThenBy(a => a.Id, StringComparer.Ordinal)
                .SelectMany(a =>
                    a.ProposerPerson == a.Person ? [Found(FindingKind.AssignedByHolder) with { Role = a.Role, Subject = a.Id }]
                    : kept.Contains(a.Assignment) || admins.Contains(a.ProposerPerson) || (a.Administrative && platform.Contains(a.ProposerPerson))
                        ? Array.Empty<Finding>()
                    : [Found(FindingKind.AssignerWithoutRight) with { Role = a.Role, Subject = a.Id }]
                ),
        ];
    }

    private Task<HashSet<string>> HoldersAsync(string tenant, string function, DateTimeOffset now) =>
        Approvers.PersonsAsync(db, tenant, beneficiary: null, [new(Engine.Requests.ApproverKind.Role, function)], now);
}
