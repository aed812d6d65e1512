using Npgsql;

namespace Entitlements.Faults;

/// <summary>F6 to F11 and F19: PostgreSQL and its standbys.</summary>
internal static class DatabaseFaults
{
    public static async Task OutagesAsync(Storm storm)
    {
        var primary = storm.Cluster.Primary;
        foreach (var seconds in (double[])[1, 3])
        {
            primary.Server.Send(Signal.Stop);
            using (storm.Outage(storm.All, writes: true))
            {
                await Storm.For(seconds);
            }
            primary.Server.Send(Signal.Continue);
            await Storm.For(2);
        }
        await primary.CrashAsync();
        using (storm.Outage(storm.All, writes: true))
        {
            await Storm.For(2);
        }
        await primary.StartAsync();
        await Storm.For(2);
        await EndSessionsAsync(primary, "true");
        await Storm.For(1);
    }

    /// <summary>All replicas are led to the promoted standby.</summary>
    public static async Task FailOverAsync(Storm storm)
    {
        var cluster = storm.Cluster;
        cluster.Spent = true;
        await cluster.Primary.CrashAsync();
        using (storm.Outage(storm.All, writes: true))
        {
            await Storm.For(1);
        }
        await cluster.Standby.PromoteAsync();
        cluster.Surviving = cluster.Standby;
        Lead(cluster.Replicas, cluster.Standby);
        await Storm.For(5);
    }

    /// <summary>The old primary does not notice: one replica stays with it for a while.</summary>
    public static async Task ZombieAsync(Storm storm)
    {
        var cluster = storm.Cluster;
        cluster.Spent = true;
        var left = storm.AnyReplica();
        await cluster.Standby.PromoteAsync();
        cluster.Surviving = cluster.Standby;
        using (storm.Outage([left.Index], writes: true))
        {
            Lead(cluster.Replicas.Where(r => r != left), cluster.Standby);
            await Storm.For(6);
        }
        Lead([left], cluster.Standby);
        await Storm.For(2);
    }

    /// <summary>A frozen standby acknowledges no commit, so nothing new is durable, and no lease is renewed.</summary>
    public static async Task StandbyAsync(Storm storm)
    {
        var standby = storm.Cluster.Standby;
        foreach (var seconds in (double[])[0.7, 3, 2])
        {
            standby.Server.Send(Signal.Stop);
            using (storm.Outage(storm.All, writes: true))
            {
                await Storm.For(seconds);
            }
            standby.Server.Send(Signal.Continue);
            await Storm.For(2);
        }
    }

    /// <summary>The last standby stops following, then is all that is left, and an operator lets it commit alone.</summary>
    public static async Task RegressAsync(Storm storm)
    {
        var cluster = storm.Cluster;
        cluster.Spent = true;
        await cluster.Cascade.CrashAsync();
        await Storm.For(4);
        await cluster.Primary.CrashAsync();
        await cluster.Standby.CrashAsync();
        using (storm.Outage(storm.All, writes: true))
        {
            await cluster.Cascade.StartAsync();
            await cluster.Cascade.PromoteAsync();
        }
        await cluster.Cascade.RequireStandbyAsync("");
        cluster.Surviving = cluster.Cascade;
        using (storm.Outage(storm.All)) // of the truth: what this server holds is older than what was promised
        {
            Lead(cluster.Replicas, cluster.Cascade);
            await Storm.For(5);
        }
    }

    public static async Task BusyAsync(Storm storm)
    {
        var database = storm.Cluster.Primary.ConnectionTo(Cluster.DatabaseName);
        var slow = Enumerable.Range(0, 100).Select(_ => StatementAsync(database, "select pg_sleep(4)")).ToList();
        await Storm.For(1);
        await StatementAsync(database, "begin; select * from tenant_guard for update; select pg_sleep(1.5); rollback");
        await Task.WhenAll(slow);
        await using var idle = new NpgsqlConnection(database);
        await idle.OpenAsync();
        await using var hold = new NpgsqlCommand("begin; select * from authz_rev for update", idle);
        await hold.ExecuteNonQueryAsync();
        await Storm.For(3);
    }

    /// <summary>Notifications are a hint: without them replicas learn at their next renewal.</summary>
    public static async Task DeafAsync(Storm storm)
    {
        var primary = storm.Cluster.Primary;
        for (var i = 0; i < 10; i++)
        {
            await EndSessionsAsync(primary, "query ilike 'listen%'");
            await Storm.For(0.3);
        }
        await using var stuck = new NpgsqlConnection(primary.ConnectionTo(Cluster.DatabaseName));
        await stuck.OpenAsync();
        await using var listen = new NpgsqlCommand("listen inval; begin; select 1", stuck);
        await listen.ExecuteNonQueryAsync();
        await Storm.For(3);
    }

    private static void Lead(IEnumerable<Replica> replicas, PostgresNode to)
    {
        foreach (var replica in replicas)
        {
            replica.Database.Server = to.Port;
            replica.Database.Cut();
        }
    }

    private static Task EndSessionsAsync(PostgresNode node, string which) =>
        node.ExecuteAsync(
            $"select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and datname = '{Cluster.DatabaseName}' and {which}",
            "postgres"
        );

    private static async Task StatementAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
