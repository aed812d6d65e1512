using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>Takes down who has an observed app already, and forgets it again. Nobody's access rests on it.</summary>
internal sealed class ReportHolders(Writes writes)
{
    public Task<WriteOutcome> TakeAsync(WriteRequest request, string app, string tenant, HolderFile file) =>
        WriteAsync(
            request,
            async scope =>
            {
                if (await scope.Db.FindAppOfAsync(tenant, Resource.App, app) is null)
                {
                    return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
                }
                if (!await scope.Db.Observations.AnyAsync(o => o.App == app && o.Tenant == tenant && o.EndedAt == null))
                {
                    return WriteOutcome.Refuse(
                        "not_observed",
                        "The app is not observed in this tenant: its holders are counted while it is. Begin an observation first."
                    );
                }
                if (await Of(scope.Db, app, tenant, file.Sha256).AnyAsync())
                {
                    return WriteOutcome.Refuse(
                        "file_known",
                        "This very file has been taken: there is nothing left to do. Forget it first to have its names looked up again."
                    );
                }
                var match = await HolderMatch.FindAsync(scope.Db, tenant, file.Lines);
                await AddAsync(scope, app, tenant, file, match);
                scope.Audit(
                    "observation.holders_reported",
                    tenant,
                    request.Caller.Key,
                    $"app/{app}/observation/{tenant}",
                    new
                    {
                        file.Sha256,
                        lines = file.Lines.Count,
                        people = match.People.Count,
                        reason = request.Reason,
                    }
                );
                return new WriteOutcome.Created(
                    $"/v1/apps/{app}/observation/{tenant}/holders/{file.Sha256}",
                    new ReportedHolders(file.Sha256, file.Lines.Count, match.People.Count, match.LeftOut)
                );
            }
        );

    public Task<WriteOutcome> ForgetAsync(WriteRequest request, string app, string tenant, string file) =>
        WriteAsync(
            request,
            async scope =>
            {
                var lines = await Of(scope.Db, app, tenant, file).ExecuteDeleteAsync();
                if (lines == 0)
                {
                    return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
                }
                scope.Audit(
                    "observation.holders_forgotten",
                    tenant,
                    request.Caller.Key,
                    $"app/{app}/observation/{tenant}",
                    new
                    {
                        file,
                        lines,
                        reason = request.Reason,
                    }
                );
                return new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, new { lines });
            }
        );

    private Task<WriteOutcome> WriteAsync(WriteRequest request, Func<WriteScope, Task<WriteOutcome>> act) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var outcome = await act(scope);
            if (outcome is WriteOutcome.Refused)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static IQueryable<ReportedHolderRow> Of(EntitlementsDb db, string app, string tenant, string file) =>
        db.ReportedHolders.Where(h => h.App == app && h.Tenant == tenant && h.File == file);

    /// <summary>In one statement: a list has thousands of lines.</summary>
    private static Task AddAsync(WriteScope scope, string app, string tenant, HolderFile file, HolderMatch match)
    {
        var lines = match
            .People.Select(p => new
            {
                line = p.Line.Number,
                key = (long?)p.Person.Key,
                name = (string?)null,
            })
            .Concat(
                match
                    .LeftOut.Where(l => l.Because != WhyLeftOut.Repeated)
                    .Select(l => new
                    {
                        line = l.Line,
                        key = (long?)null,
                        name = (string?)l.Name,
                    })
            );
        var rows = scope.Db.Database.IsNpgsql() ? "jsonb_array_elements({3}::jsonb) as l(value)" : "json_each({3}) as l";
        var statement =
            "insert into reported_holder (app, tenant, file, line, subject_key, name) select {0}, {1}, {2}, cast(l.value->>'line' as integer), "
            + $"cast(l.value->>'key' as bigint), l.value->>'name' from {rows}";
        return scope.Db.Database.ExecuteSqlRawAsync(statement, app, tenant, file.Sha256, StoredJson.Write(lines.ToList()));
    }
}

/// <summary>What became of a list of holders.</summary>
/// <param name="File">SHA-256 of its bytes.</param>
/// <param name="LeftOut">Lines that mean nobody, or somebody again.</param>
internal sealed record ReportedHolders(string File, int Lines, int People, IReadOnlyList<LeftOutLine> LeftOut);
