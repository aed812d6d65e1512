using System.Diagnostics.Metrics;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Accreditations;

/// <summary>
/// Warns before accreditations end, and when a source is stale. It only tells: ends are exact in decisions whether it runs or not, and nothing is
/// extended because a source is silent. Exercises have neither. Many replicas run it; each warning is given in the transaction that marks it as given.
/// </summary>
internal sealed partial class AccreditationWatch(
    IServiceScopeFactory scopes,
    IOptions<AccreditationOptions> options,
    AccreditationTelemetry telemetry,
    TimeProvider clock,
    ILogger<AccreditationWatch> log
) : Worker("Accreditations", TimeSpan.FromMinutes(1), scopes, clock, log)
{
    private const int Batch = 200;

    protected override async Task ActAsync(CancellationToken stopping)
    {
        await DrainAsync(WarnAsync, Batch, stopping);
        await LookForStaleAsync();
    }

    /// <summary>Gives the warnings that are due, at most one batch; returns how many accreditations it looked at.</summary>
    /// <remarks>Of several that became due since the last look, the nearest to the end alone.</remarks>
    internal Task<int> WarnAsync() =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("accreditations");
            var seen = 0;
            foreach (var days in options.Value.Warnings)
            {
                var due = await Due(write, days).OrderBy(a => a.Id).Take(Batch - seen).ToListAsync();
                foreach (var row in due)
                {
                    var given = await write
                        .Db.Accreditations.Where(a => a.Id == row.Id && a.Version == row.Version)
                        .ExecuteUpdateAsync(set => set.SetProperty(a => a.WarnedDays, days));
                    if (given == 1) // a report that came between has its own end, and its own warnings
                    {
                        write.Tell("accreditation.ending", row.Tenant, new { accreditation = row.Id, days });
                    }
                }
                seen += due.Count;
                telemetry.Warned(due.Count);
            }
            return seen;
        });

    /// <summary>Tells of each source that has become stale, once until it reports again; returns how many are stale.</summary>
    internal async Task<int> LookForStaleAsync()
    {
        var stale = await RecordAsync(async write =>
        {
            await write.AloneAsync("accreditations");
            var sources = await write
                .Db.AccreditationSources.AsNoTracking()
                .Where(s => !s.Removed && !write.Db.Tenants.Any(t => t.Id == s.Tenant && t.ExerciseOf != null))
                .ToListAsync();
            var late = sources.FindAll(s => s.StaleFrom <= write.Now);
            foreach (var source in late.Where(s => !s.StaleTold))
            {
                var told = await write
                    .Db.AccreditationSources.Where(s => s.Tenant == source.Tenant && s.Id == source.Id && s.CompleteAsOf == source.CompleteAsOf && !s.StaleTold)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.StaleTold, true));
                if (told == 1)
                {
                    write.Tell("accreditation.stale", source.Tenant, new { since = source.StaleFrom });
                    Stale(source.Tenant, source.StaleFrom);
                }
            }
            return late.Count;
        });
        telemetry.Stale = stale;
        return stale;
    }

    /// <summary>Those of active people that end within so many days, that no other says to go on, and that were not warned of so near to their end.</summary>
    private static IQueryable<AccreditationRow> Due(WriteScope write, int days)
    {
        var until = write.Now.AddDays(days);
        var all = write.Db.Accreditations;
        return all.AsNoTracking()
            .Where(a => !a.Ended && a.NotAfter > write.Now && a.NotAfter <= until && (a.WarnedDays == null || a.WarnedDays > days))
            .Where(a => write.Db.Subjects.Any(s => s.Key == a.SubjectKey && s.Active))
            .Where(a => !write.Db.Tenants.Any(t => t.Id == a.Tenant && t.ExerciseOf != null))
            .Where(a =>
                !all.Any(o =>
                    o.SubjectKey == a.SubjectKey
                    && o.Tenant == a.Tenant
                    && o.Accreditation == a.Accreditation
                    && !o.Ended
                    && o.NotBefore <= a.NotAfter
                    && o.NotAfter > a.NotAfter
                )
            );
    }

    [LoggerMessage(LogLevel.Warning, "A source of accreditations of tenant {Tenant} has not reported as it said: stale since {Since:u}. Nothing is extended.")]
    private partial void Stale(string tenant, DateTimeOffset since);
}

/// <summary>How many sources are stale, and how many warnings this replica gave.</summary>
internal sealed class AccreditationTelemetry
{
    private readonly Counter<long> _warned;
    private int _stale;

    public AccreditationTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create("Entitlements.Accreditations");
        _warned = meter.CreateCounter<long>("entitlements.accreditations.warned", unit: "{warning}", description: "Warnings given before accreditations end.");
        meter.CreateObservableGauge(
            "entitlements.accreditation_sources.stale",
            () => Stale,
            unit: "{source}",
            description: "Sources of accreditations that have not reported as they said, at the last look."
        );
    }

    public int Stale
    {
        get => Volatile.Read(ref _stale);
        set => Volatile.Write(ref _stale, value);
    }

    public void Warned(int warnings) => _warned.Add(warnings);
}
