using System.Linq.Expressions;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>
/// After something was altered in a tenant: tells the open requests that still stand from those to look at one by one, in a few statements however many they
/// are. What it leaves to be looked at may stand all the same; what it marks as screened stands, by the facts of the very statement that marks it.
/// </summary>
internal static class RequestScreening
{
    /// <summary>Marks every open request that nothing was taken from; what is left over is <see cref="Unscreened"/>.</summary>
    public static async Task MarkAsync(WriteScope scope)
    {
        var tenants = await Unscreened(scope.Db).Select(r => r.Tenant).Distinct().ToListAsync();
        foreach (var tenant in tenants)
        {
            var stands = await StandsAsync(scope, tenant);
            await GiveWayAsync(scope);
            await Unscreened(scope.Db)
                .Where(r => r.Tenant == tenant)
                .Where(stands)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.ScreenedRevision, scope.Revision));
        }
    }

    /// <summary>Open ones in whose tenant (or everywhere) something was altered since they were last screened.</summary>
    public static IQueryable<AccessRequestRow> Unscreened(EntitlementsDb db)
    {
        var everywhere = db.Set<GlobalGuardRow>().Select(g => g.Rev);
        return db.AccessRequests.Where(r =>
            r.IsOpen
            && (everywhere.Any(rev => rev > r.ScreenedRevision) || db.Set<TenantGuardRow>().Any(g => g.Tenant == r.Tenant && g.Rev > r.ScreenedRevision))
        );
    }

    /// <summary>Rows that votes hold are waited for shortly, less long than a deadlock would be: whoever votes goes first, and the next pass marks them.</summary>
    private static async Task GiveWayAsync(WriteScope scope)
    {
        if (scope.Db.Database.IsNpgsql())
        {
            await scope.Db.Database.ExecuteSqlAsync($"set local lock_timeout = '500ms'");
        }
    }

    /// <summary>What <see cref="RequestTruth"/> looks for in one request, turned round and for all of a tenant's: never true where that finds a bar, unless time alone makes it.</summary>
    private static async Task<Expression<Func<AccessRequestRow, bool>>> StandsAsync(WriteScope scope, string tenant)
    {
        var (db, now, renewable) = (scope.Db, scope.Now, scope.Now + RequestTruth.RenewalWindow);
        var roles = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant && !r.Deleted).ToListAsync();
        var conflicting = roles.SelectMany(r => r.IncompatibleWith.SelectMany(other => new[] { $"{r.Id}/{other}", $"{other}/{r.Id}" })).Distinct().ToList();
        var full = await FullAsync(scope, tenant);
        return r =>
            db.Subjects.Any(s => s.Key == r.SubjectKey && s.Active && !s.Suspended)
            && db.Roles.Any(o => o.Tenant == r.Tenant && o.Id == r.Role && !o.Deleted && o.Version == r.RoleVersion)
            && db.ApprovalPolicies.Any(p => p.Tenant == r.Tenant && p.Role == r.Role && !p.Deleted && p.Version == r.PolicyVersion)
            && (
                r.Resource == null
                || db.Rules.Any(u =>
                    u.Tenant == r.Tenant && u.Type == r.ResourceType && u.App == r.Resource && u.Action == r.Action && u.Version == r.RuleVersion
                )
            )
            && (
                r.ResourceType != Resource.App
                || (
                    !db.Bars.Any(b => b.App == r.Resource && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == r.Tenant))
                    && db.Releases.Any(p => p.App == r.Resource && p.PublishedAt != null)
                    && (
                        !db.Apps.Any(a => a.Type == Resource.App && a.Id == r.Resource && a.HighRisk)
                        || db.Assessments.Any(a =>
                            a.App == r.Resource && a.Tenant == r.Tenant && a.Outcome == AssessmentOutcome.Approved && a.InForceUntil > now
                        )
                    )
                )
            )
            && (r.AskedUntil == null || r.AskedUntil > now)
            && (
                !full.Contains(r.Role)
                || db.Assignments.Any(a =>
                    a.SubjectKey == r.SubjectKey && a.Tenant == r.Tenant && a.Role == r.Role && !a.Ended && (a.NotAfter == null || a.NotAfter > now)
                )
            )
            && !db.Assignments.Any(a =>
                a.SubjectKey == r.SubjectKey
                && a.Tenant == r.Tenant
                && !a.Ended
                && (a.NotAfter == null || a.NotAfter > now)
                && !a.Suspended
                && (
                    conflicting.Contains(r.Role + "/" + a.Role)
                    || (
                        a.Role == r.Role // what they have long held is renewed; what came since may be what they asked for
                        && (a.NotBefore > r.SubmittedAt || a.NotAfter == null || a.NotAfter > renewable || a.NotAfter >= r.AskedUntil)
                    )
                )
            );
    }

    /// <summary>Roles that as many hold as may.</summary>
    private static async Task<List<string>> FullAsync(WriteScope scope, string tenant)
    {
        var db = scope.Db;
        var limited = await db
            .Roles.Where(r => r.Tenant == tenant && r.Establishment != null && !r.Deleted)
            .Select(r => new
            {
                r.Id,
                r.Establishment,
                Holders = db
                    .Assignments.Where(a => a.Tenant == r.Tenant && a.Role == r.Id && !a.Ended && (a.NotAfter == null || a.NotAfter > scope.Now))
                    .Select(a => a.SubjectKey)
                    .Distinct()
                    .Count(),
            })
            .ToListAsync();
        return limited.FindAll(r => r.Holders >= r.Establishment).ConvertAll(r => r.Id);
    }
}
