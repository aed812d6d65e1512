using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Accreditations;

/// <summary>
/// Takes what a registered source reports: all of it or nothing, at once, in one transaction. Nobody votes on it, as nobody votes on a device's
/// record: it is data, and who may bring it was voted on (<see cref="SourceAlteration"/>).
/// </summary>
internal sealed class TakeFeed(Writes writes, IOptions<AccreditationOptions> options)
{
    /// <summary>More people than this, and the whole tenant is asked anew: one scope instead of thousands.</summary>
    private const int MostScopes = 256;

    public Task<WriteOutcome> TakeAsync(WriteRequest request, string tenant, FeedBody report) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            try
            {
                var outcome = await RecordAsync(scope, request, tenant, report);
                Idempotency.Keep(scope, request, outcome);
                return outcome;
            }
            catch (RefusedException refused)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
        });

    private async Task<WriteOutcome.Done> RecordAsync(WriteScope scope, WriteRequest request, string tenant, FeedBody report)
    {
        var source = await FeedChecks.SourceAsync(scope, request.Caller, tenant, report);
        var items = await FeedChecks.ItemsAsync(scope, source, report);
        var difference = FeedDifference.Between(await BeforeAsync(scope, source, report, items), items, report.Mode, scope.Earliest, scope.Now);
        var people = await PeopleAsync(scope, difference);
        FeedChecks.RefuseOwn(request.Caller, source, difference, people);
        FeedChecks.RefuseSuspicious(report, difference, options.Value.LargestLoss);
        await AccreditationStatements.WriteAsync(scope, source, difference);
        await scope
            .Db.AccreditationSources.Where(s => s.Tenant == tenant && s.Id == source.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.CompleteAsOf, report.CompleteAsOf.Cut()).SetProperty(s => s.StaleTold, false));
        var counts = new FeedCounts(
            difference.Added,
            difference.Written.Count - difference.Added,
            difference.Dropped.Count,
            report.Items.Count - difference.Written.Count
        );
        scope.Audit(
            "accreditations.reported",
            tenant,
            request.Caller.Key,
            $"tenant/{tenant}/accreditation-source/{source.Id}",
            new
            {
                report.Mode,
                report.CompleteAsOf,
                report.Confirm,
                counts,
                changes = Evidence(difference, people),
            }
        );
        await PutInForceAsync(scope, tenant, difference, people);
        return new(scope.Revision, difference.Narrows, Version: 0, counts);
    }

    private static async Task PutInForceAsync(WriteScope scope, string tenant, FeedDifference difference, Dictionary<long, SubjectRow> people)
    {
        if (difference.IsNone)
        {
            return;
        }
        scope.Invalidate(
            people.Count > MostScopes ? [Consistency.Evidence.Tenant(tenant)] : people.Values.Select(s => Consistency.Evidence.Person(tenant, s.Id))
        );
        await scope.RaiseGuardAsync(tenant);
        await Requests.OpenRequests.PeopleChangedAsync(scope, [.. people.Keys]);
        scope.Tell("access.changed", tenant, new { what = "accreditations", narrows = difference.Narrows });
    }

    /// <summary>What the source said before, of whom the report may change.</summary>
    private static Task<List<AccreditationRow>> BeforeAsync(
        WriteScope scope,
        AccreditationSourceRow source,
        FeedBody report,
        List<(long Subject, FeedItem Item)> items
    )
    {
        var said = scope.Db.Accreditations.AsNoTracking().Where(a => a.Tenant == source.Tenant && a.Source == source.Id);
        if (report.Mode == FeedMode.Partial)
        {
            var named = items.Select(i => i.Subject).Distinct().ToList();
            said = said.Where(a => EF.Parameter(named).Contains(a.SubjectKey));
        }
        return said.ToListAsync();
    }

    /// <summary>Whom the difference is about, by row.</summary>
    private static Task<Dictionary<long, SubjectRow>> PeopleAsync(WriteScope scope, FeedDifference difference)
    {
        var keys = difference.Written.Select(w => w.Subject).Concat(difference.Dropped.Select(d => d.SubjectKey)).Distinct().ToList();
        return scope.Db.Subjects.AsNoTracking().Where(s => EF.Parameter(keys).Contains(s.Key)).ToDictionaryAsync(s => s.Key);
    }

    private static IEnumerable<object> Evidence(FeedDifference difference, Dictionary<long, SubjectRow> people) =>
        difference
            .Written.Concat(difference.Dropped.Select(d => new Said(d.SubjectKey, d.Accreditation, d.NotBefore, d.NotAfter, d.Reference, Ended: true)))
            .Select(w => new
            {
                subject = people[w.Subject].Id,
                issuer = people[w.Subject].Issuer,
                w.Accreditation,
                w.NotBefore,
                w.NotAfter,
                w.Reference,
                w.Ended,
            });
}

/// <summary>What a report did.</summary>
/// <param name="Added">Accreditations held, now or later, that were not before.</param>
/// <param name="Changed">Said otherwise than before.</param>
/// <param name="Ended">Left out of a full report, and so ended.</param>
/// <param name="Unchanged">Said as before.</param>
internal sealed record FeedCounts(int Added, int Changed, int Ended, int Unchanged);
