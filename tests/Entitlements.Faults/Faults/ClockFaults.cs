namespace Entitlements.Faults;

/// <summary>F13: the wall clock of one replica, by libfaketime.</summary>
internal static class ClockFaults
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    public static string? Obstacle() => File.Exists(Library) ? null : "needs libfaketime (Debian package libfaketime)";

    public static async Task JumpAsync(Storm storm)
    {
        foreach (var clock in (string[])["+1h", "-1d", "@2038-01-19 03:14:00"])
        {
            var replica = storm.AnyReplica();
            await RestartAsync(
                storm,
                replica,
                new(StringComparer.Ordinal)
                {
                    ["LD_PRELOAD"] = Library,
                    ["FAKETIME"] = clock,
                    ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                }
            );
            await Storm.For(3);
            await RestartAsync(storm, replica, null);
        }
    }

    private static async Task RestartAsync(Storm storm, Replica replica, Dictionary<string, string>? environment)
    {
        using (storm.Absence(replica.Index))
        {
            await replica.KillAsync();
            await storm.Cluster.StartReplicaAsync(replica, environment);
        }
    }
}
