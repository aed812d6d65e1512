using System.Diagnostics;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Entitlements.Benchmarks.Whole;

/// <summary>
/// How long it takes to say whom a rule reaches in a tenant of 250,000 people with 10^6 assignments, against one plain count of the same rows: where the rule's role is
/// everybody's, and where it is held by one in fifty. Nothing else runs on the machine: what counts is waiting time, as whoever revokes meanwhile would wait.
/// </summary>
internal static class ExposureRow
{
    private const int People = 250_000;
    private const int Asks = 5;
    private static readonly (string Name, string App, string Role)[] Rules = [("everybody", "app-00001", "everybody"), ("one in fifty", "app-00002", "role-2")];

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        await installation.JoinAsync("Leased"); // lays the tables out
        await Seed.PlantAsync(installation, People);
        await installation.Database.ExecuteAsync(
            """
            insert into role (tenant, id, name, sensitive, restricted, administrative, incompatible_with, deleted, version)
              values ('north', 'everybody', 'role', false, false, false, '[]', false, 1);
            insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
              select 'north', 'everybody', key, 'Admin', now() - interval '1 day', false, 1 from subject where id like 'p-%';
            insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
              select 'north', 'role-' || ((key + n) % 50), key, 'Directory', now() - interval '1 day', false, 1 from subject, generate_series(1, 2) n where id like 'p-%';
            update rule set roles = '["everybody"]' where app = 'app-00001';
            update rule set roles = '["role-2"]' where app = 'app-00002';
            """
        );
        await installation.Database.ExecuteAsync("vacuum analyze");
        var options = new DbContextOptionsBuilder<PostgresEntitlementsDb>();
        Databases.UsePostgres(options, installation.Database.Connection);
        await using var db = new PostgresEntitlementsDb(options.Options);
        await using var plain = new NpgsqlConnection(installation.Database.Connection);
        await plain.OpenAsync();
        foreach (var (name, app, role) in Rules)
        {
            var (counted, reached, control) = (new List<double>(), new List<double>(), new List<double>());
            for (var i = 0; i <= plan.Rounds; i++) // the first warms up
            {
                var first = await TimeAsync(() => CountPlainlyAsync(plain, role));
                var ours = await TimeAsync(() => Exposure.CountAsync(db, "north", [app], TimeProvider.System.GetUtcNow()));
                var second = await TimeAsync(() => CountPlainlyAsync(plain, role));
                if (i > 0)
                {
                    counted.Add(first);
                    reached.Add(ours);
                    control.Add(second / first);
                }
            }
            report.AddControl($"control: plain count / plain count, {name}", control);
            report.Add($"exposure / plain count, {name}", reached.Zip(counted, (ours, count) => ours / count), "<= 3");
            report.Add($"exposure, {name}", reached, "-", "ms");
        }
    }

    /// <summary>Milliseconds of one, as the mean of a few.</summary>
    private static async Task<double> TimeAsync(Func<Task> ask)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Asks; i++)
        {
            await ask();
        }
        return watch.Elapsed.TotalMilliseconds / Asks;
    }

    private static async Task CountPlainlyAsync(NpgsqlConnection connection, string role)
    {
        await using var count = new NpgsqlCommand("select count(distinct subject_key) from role_assignment where tenant = 'north' and role = $1", connection);
        count.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
        await count.ExecuteScalarAsync();
    }
}
