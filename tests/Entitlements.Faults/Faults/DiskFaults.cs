using Npgsql;

namespace Entitlements.Faults;

/// <summary>F12: file systems without a free byte. What PostgreSQL needs to be started again after its log had no room, a supervisor does: here it is us.</summary>
internal static class DiskFaults
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static string? Obstacle() => SmallDisk.Obstacle();

    public static async Task FullAsync(Storm storm)
    {
        await DataAsync(storm);
        await Storm.For(2);
        await LogAsync(storm);
        await Storm.For(2);
        await OutputAsync(storm);
    }

    /// <summary>Tables cannot grow: statements fail, the server lives.</summary>
    private static async Task DataAsync(Storm storm)
    {
        var primary = storm.Cluster.Primary;
        using (storm.Absence()) // of no replica
        {
            primary.DataDisk!.Fill();
            await FailsAsync(primary, "create table if not exists filler as select repeat('x', 1000) x; insert into filler select x from filler limit 100");
            for (var i = 0; i < 15; i++)
            {
                primary.DataDisk.Fill(); // what was given back meanwhile
                await Storm.For(0.2);
            }
            primary.DataDisk.Free();
        }
        await IssuesAsync(storm);
    }

    /// <summary>The log cannot grow: the server goes down.</summary>
    private static async Task LogAsync(Storm storm)
    {
        var primary = storm.Cluster.Primary;
        using (storm.Absence()) // of no replica
        {
            primary.LogDisk!.Fill();
            await FailsAsync(primary, "select pg_logical_emit_message(false, 'filler', 'x'), pg_switch_wal()");
            for (var i = 0; i < 6; i++)
            {
                primary.LogDisk.Fill();
                await Storm.For(0.5);
            }
            primary.LogDisk.Free();
            await primary.SuperviseAsync();
        }
        await IssuesAsync(storm);
    }

    /// <summary>What a replica prints has no place, while it has much to say.</summary>
    private static async Task OutputAsync(Storm storm)
    {
        var replica = storm.AnyReplica();
        var disk = storm.Cluster.LogDisks[replica.Index];
        disk.Fill();
        replica.Database.Refusing = true;
        replica.Database.Cut();
        using (storm.Outage([replica.Index]))
        {
            await Storm.For(2);
        }
        replica.Database.Heal();
        await Storm.For(2);
        disk.Free();
        await IssuesAsync(storm);
    }

    /// <summary>Repeats the statement until the server cannot: else the disk was not full, and nothing was tried.</summary>
    private static async Task FailsAsync(PostgresNode node, string sql)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (!patience.IsCancellationRequested)
            {
                await node.ExecuteAsync(sql, Cluster.DatabaseName);
            }
        }
        catch (NpgsqlException)
        {
            return;
        }
        throw new InvalidOperationException("the disk is full, and PostgreSQL does not mind");
    }

    /// <summary>Until an entitlement is issued again.</summary>
    private static async Task IssuesAsync(Storm storm)
    {
        var from = storm.Now;
        while (!storm.Entries().Any(e => e is { Kind: Kind.Issue, Status: 201 } && e.T0 > from))
        {
            if (storm.Now - from > Patience.TotalMicroseconds)
            {
                throw new InvalidOperationException("the disk has room again, and no entitlement is issued");
            }
            await Storm.For(0.1);
        }
    }
}
