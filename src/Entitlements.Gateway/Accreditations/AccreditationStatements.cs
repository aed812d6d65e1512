using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary>Writes a difference in two statements, whatever its size: the revision's lock is held meanwhile.</summary>
internal static class AccreditationStatements
{
    public static async Task WriteAsync(WriteScope scope, AccreditationSourceRow source, FeedDifference difference)
    {
        if (difference.Written.Count > 0)
        {
            var postgres = scope.Db.Database.IsNpgsql();
            var rows = StoredJson.Write(
                difference.Written.Select(w => new
                {
                    subject = w.Subject,
                    w.Accreditation,
                    from = Instants.ToParameter(w.NotBefore, postgres),
                    until = Instants.ToParameter(w.NotAfter, postgres),
                    w.Reference,
                    w.Ended,
                })
            );
            await scope.Db.Database.ExecuteSqlRawAsync(Upsert(postgres), source.Tenant, source.Id, rows);
        }
        if (difference.Dropped.Count > 0)
        {
            var dropped = difference.Dropped.Select(d => d.Id).ToList();
            await scope
                .Db.Accreditations.Where(a => EF.Parameter(dropped).Contains(a.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Ended, true).SetProperty(a => a.Version, a => a.Version + 1));
        }
    }

    /// <remarks>Another end is warned of anew.</remarks>
    private static string Upsert(bool postgres)
    {
        var rows = postgres ? "jsonb_array_elements({2}::jsonb) as p(value)" : "json_each({2}) as p";
        var instant = postgres ? "timestamptz" : "integer";
        return $$"""
            insert into accreditation (tenant, source, subject_key, accreditation, not_before, not_after, reference, ended, version)
            select {0}, {1}, cast(p.value->>'subject' as bigint), p.value->>'accreditation', cast(p.value->>'from' as {{instant}}),
              cast(p.value->>'until' as {{instant}}), p.value->>'reference', cast(p.value->>'ended' as boolean), 1
            from {{rows}} where true
            on conflict (tenant, source, subject_key, accreditation) do update set not_before = excluded.not_before, not_after = excluded.not_after,
              reference = excluded.reference, ended = excluded.ended, version = accreditation.version + 1,
              warned_days = case when accreditation.not_after = excluded.not_after then accreditation.warned_days end
            """;
    }
}
