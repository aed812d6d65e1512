namespace Entitlements.Faults;

/// <summary>F1, F2, F3, F18, F20: the gateway's own processes.</summary>
internal static class ReplicaFaults
{
    public static async Task KillAsync(Storm storm)
    {
        for (var i = 0; i < 2; i++)
        {
            var replica = storm.AnyReplica();
            using (storm.Absence(replica.Index))
            {
                await replica.KillAsync();
                await Storm.For(1);
                await storm.Cluster.StartReplicaAsync(replica);
            }
            await Storm.For(1);
        }
    }

    public static async Task FreezeAsync(Storm storm)
    {
        foreach (var seconds in (double[])[0.1, 0.3, 0.6, 0.9, 1.5, 3, 0.4, 0.8])
        {
            await FreezeAsync(storm, seconds);
            await Storm.For(0.5);
        }
    }

    public static Task FreezeLongAsync(Storm storm) => FreezeAsync(storm, 30);

    /// <summary>Each allocation collects, and two threads serve everything.</summary>
    public static async Task StarveAsync(Storm storm)
    {
        var replica = storm.AnyReplica();
        await RestartAsync(
            storm,
            replica,
            new(StringComparer.Ordinal)
            {
                ["DOTNET_GCgen0size"] = "0x40000",
                ["DOTNET_gcConcurrent"] = "0",
                ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "2",
            }
        );
        await Storm.For(6);
        await RestartAsync(storm, replica);
    }

    public static async Task RollAsync(Storm storm)
    {
        foreach (var replica in storm.Cluster.Replicas)
        {
            await RestartAsync(storm, replica);
            await Storm.For(1);
        }
    }

    /// <summary>The database's answers do not reach the replica: what it committed is done, and it dies before it can say so.</summary>
    public static async Task KillBeforeAnswerAsync(Storm storm)
    {
        for (var i = 0; i < 4; i++)
        {
            var replica = storm.AnyReplica();
            using (storm.Absence(replica.Index))
            {
                replica.Database.Hold(Direction.ToClient);
                await Storm.For(0.3);
                await replica.KillAsync();
                replica.Database.Heal();
                await storm.Cluster.StartReplicaAsync(replica);
            }
            await Storm.For(0.5);
        }
    }

    private static async Task FreezeAsync(Storm storm, double seconds)
    {
        var replica = storm.AnyReplica();
        using (storm.Absence(replica.Index))
        {
            replica.Server.Send(Signal.Stop);
            await Storm.For(seconds);
            replica.Server.Send(Signal.Continue);
        }
    }

    private static async Task RestartAsync(Storm storm, Replica replica, Dictionary<string, string>? environment = null)
    {
        using (storm.Absence(replica.Index))
        {
            await replica.Server.EndAsync(Signal.Terminate); // it drains
            await replica.KillAsync();
            await storm.Cluster.StartReplicaAsync(replica, environment);
        }
    }
}
