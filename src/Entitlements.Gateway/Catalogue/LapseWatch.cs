using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>
/// Tells those it concerns before an assessment or an app's rule lapses, and once it has: who answers for it, the tenant's app-owners and DPOs, and from a week before whoever
/// has the app. It only tells: ends are exact in decisions whether it runs or not. Many replicas run it; each warning is given in the transaction that marks it as given.
/// </summary>
internal sealed class LapseWatch(IServiceScopeFactory scopes, TimeProvider clock, ILogger<LapseWatch> log)
    : Worker("Lapses", TimeSpan.FromMinutes(1), scopes, clock, log)
{
    private const int Batch = 50;

    /// <summary>Days before the end, the shortest first: of several that became due since the last look, the nearest alone is given.</summary>
    private static readonly int[] Warnings = [0, 1, 7, 30];

    /// <summary>From so many days before the end on, whoever has the app is told.</summary>
    private const int HoldersFrom = 7;

    protected override async Task ActAsync(CancellationToken stopping)
    {
        foreach (var days in Warnings)
        {
            await DrainAsync(() => WarnOfAssessmentsAsync(days), Batch, stopping);
            await DrainAsync(() => WarnOfRulesAsync(days), Batch, stopping);
        }
    }

    /// <summary>Of those that end within so many days, at most one batch; returns how many.</summary>
    internal Task<int> WarnOfAssessmentsAsync(int days) =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("lapses");
            var until = write.Now.AddDays(days);
            var due = await write
                .Db.Assessments.AsNoTracking()
                .Where(a => a.Outcome == AssessmentOutcome.Approved && a.InForceUntil <= until && (a.WarnedDays == null || a.WarnedDays > days))
                .Where(a => !write.Db.Tenants.Any(t => t.Id == a.Tenant && t.ExerciseOf != null))
                .Where(a => !write.Db.Bars.Any(b => b.App == a.App && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == a.Tenant)))
                .OrderBy(a => a.InForceUntil)
                .ThenBy(a => a.App)
                .Take(Batch)
                .ToListAsync();
            foreach (var row in due)
            {
                var given = await write
                    .Db.Assessments.Where(a => a.App == row.App && a.Tenant == row.Tenant && a.Version == row.Version)
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.WarnedDays, days));
                if (given == 1) // one that was set anew meanwhile has its own end
                {
                    var stopsPeople = await write.Db.Apps.AnyAsync(a => a.Type == Resource.App && a.Id == row.App && a.HighRisk);
                    await TellAsync(write, "assessment.ending", row.Tenant, row.App, row.ReadRecord()?.Owner, days, stopsPeople);
                }
            }
            return due.Count;
        });

    /// <inheritdoc cref="WarnOfAssessmentsAsync"/>
    internal Task<int> WarnOfRulesAsync(int days) =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("lapses");
            var until = write.Now.AddDays(days);
            var due = await write
                .Db.Rules.AsNoTracking()
                .Where(r => r.Type == Resource.App && r.InForceUntil <= until && (r.WarnedDays == null || r.WarnedDays > days))
                .Where(r => !write.Db.Tenants.Any(t => t.Id == r.Tenant && t.ExerciseOf != null))
                .Where(r => !write.Db.Bars.Any(b => b.App == r.App && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == r.Tenant)))
                .OrderBy(r => r.InForceUntil)
                .ThenBy(r => r.App)
                .Take(Batch)
                .ToListAsync();
            foreach (var row in due)
            {
                var given = await write
                    .Db.Rules.Where(r => r.Tenant == row.Tenant && r.Type == row.Type && r.App == row.App && r.Action == row.Action && r.Version == row.Version)
                    .ExecuteUpdateAsync(set => set.SetProperty(r => r.WarnedDays, days));
                if (given == 1)
                {
                    await TellAsync(write, "rule.ending", row.Tenant, row.App, owner: null, days, stopsPeople: true);
                }
            }
            return due.Count;
        });

    private static async Task TellAsync(WriteScope write, string kind, string tenant, string app, string? owner, int days, bool stopsPeople)
    {
        write.Tell(kind, tenant, new { days });
        var concerned = await AppKeepers.OfAsync(write.Db, tenant, write.Now);
        concerned.AddRange(await write.Db.Subjects.Where(s => s.Tenant == tenant && s.Id == owner && s.Active).Select(s => s.Key).ToListAsync());
        if (stopsPeople && days <= HoldersFrom)
        {
            concerned.AddRange(await HoldersAsync(write.Db, tenant, app));
        }
        var reference = RandomIds.New("end_");
        foreach (var key in concerned.Distinct())
        {
            write.TellPerson(key, PersonMessage.Ending, isUrgent: false, reference);
        }
    }

    /// <summary>Who has fetched it, of those who are still there.</summary>
    private static Task<List<long>> HoldersAsync(EntitlementsDb db, string tenant, string app) =>
        (
            from entitlement in db.Entitlements
            join redemption in db.Redemptions on entitlement.Id equals redemption.Entitlement
            join subject in db.Subjects on entitlement.SubjectKey equals subject.Key
            where entitlement.Tenant == tenant && entitlement.App == app && subject.Active
            select subject.Key
        )
            .Distinct()
            .ToListAsync();
}
