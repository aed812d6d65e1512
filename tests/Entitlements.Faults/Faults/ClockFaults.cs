using System.Globalization;

namespace Entitlements.Faults;

/// <summary>F13, F14: clocks, by libfaketime. Each fault first sees that the clock is really wrong.</summary>
internal static class ClockFaults
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly string? Library = Directory
        .EnumerateDirectories("/usr/lib")
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    private static TimeSpan To2038 => new DateTimeOffset(2038, 1, 19, 3, 14, 0, TimeSpan.Zero) - TimeProvider.System.GetUtcNow();

    public static string? Obstacle() => Library is null ? "needs libfaketime: apt-get install libfaketime" : null;

    /// <summary>Of running gateways.</summary>
    public static async Task JumpAsync(Storm storm)
    {
        var replicas = storm.Cluster.Replicas;
        var clocks = replicas.Select(replica => new FakedClock(storm.Cluster.PathOf($"clock{replica.Index}"))).ToList();
        foreach (var replica in replicas)
        {
            await RestartAsync(storm, replica, clocks[replica.Index].Environment);
        }
        var one = storm.AnyReplica();
        foreach (var jump in (TimeSpan[])[Hour, -Hour, -Day, To2038, TimeSpan.Zero])
        {
            await JumpAsync([one], clocks, jump);
            await Storm.For(2);
        }
        foreach (var jump in (TimeSpan[])[Hour, -Day, To2038, TimeSpan.Zero])
        {
            await JumpAsync(replicas, clocks, jump);
            await Storm.For(2);
        }
        foreach (var replica in replicas)
        {
            await RestartAsync(storm, replica, null);
        }
    }

    /// <summary>Gateways carry the primary's clock on. Back it does not take them; what an hour ahead ended, and they said so, stays ended until they begin anew.</summary>
    public static async Task JumpPrimaryAsync(Storm storm)
    {
        var (cluster, primary) = (storm.Cluster, storm.Cluster.Primary);
        var clock = new FakedClock(cluster.PathOf("clock-primary"));
        await RestartAsync(storm, clock.Environment);
        await Storm.For(2);
        foreach (var jump in (TimeSpan[])[-Day, TimeSpan.Zero, Hour, To2038, TimeSpan.Zero])
        {
            clock.Jump(jump);
            var told = DateTimeOffset.Parse((await primary.ReadAsync("select clock_timestamp()::text", "postgres"))[0], CultureInfo.InvariantCulture);
            SeeThat(told, jump);
            await Storm.For(3);
        }
        foreach (var output in await Task.WhenAll(cluster.Replicas.Select(replica => replica.OutputAsync())))
        {
            _ = output.Contains("clock jumped", StringComparison.Ordinal)
                ? output
                : throw new InvalidOperationException("no alarm told that the primary's clock jumped");
        }
        await RestartAsync(storm, null);
        foreach (var replica in cluster.Replicas)
        {
            await RestartAsync(storm, replica, null);
        }
    }

    /// <summary>A lease ends late by a clock that is slow. It matters only while the replica hears nothing, for else it knows what was revoked.</summary>
    public static async Task SlowAsync(Storm storm)
    {
        var rate = storm.Cluster.Arm == Arm.Vulnerable ? "0.8" : "0.95";
        var replica = storm.AnyReplica();
        await RestartAsync(storm, replica, FakedClock.Slow(Library!, rate));
        for (var i = 0; i < 4; i++)
        {
            await Storm.For(1);
            replica.Database.Hold(Direction.Both);
            using (storm.Outage([replica.Index]))
            {
                await Storm.For(1.3 * storm.Cluster.Lease.TotalSeconds);
            }
            replica.Database.Cut();
            replica.Database.Heal();
            await Storm.For(1);
        }
        await RestartAsync(storm, replica, null);
    }

    private static async Task JumpAsync(IReadOnlyList<Replica> replicas, List<FakedClock> clocks, TimeSpan jump)
    {
        using var http = new HttpClient();
        foreach (var replica in replicas)
        {
            clocks[replica.Index].Jump(jump);
            await Storm.For(1.1); // the host makes the header anew each second
            using var answer = await http.GetAsync(new Uri(replica.Url, "/health/live"));
            SeeThat(answer.Headers.Date!.Value, jump);
        }
    }

    private static void SeeThat(DateTimeOffset told, TimeSpan jump)
    {
        var off = told - TimeProvider.System.GetUtcNow() - jump;
        if (off.Duration() > TimeSpan.FromSeconds(30))
        {
            throw new InvalidOperationException($"the clock was to jump by {jump}, and says {told:u}");
        }
    }

    private static async Task RestartAsync(Storm storm, Replica replica, IReadOnlyDictionary<string, string>? environment)
    {
        using (storm.Absence(replica.Index))
        {
            await replica.KillAsync();
            await storm.Cluster.StartReplicaAsync(replica, environment);
        }
    }

    private static async Task RestartAsync(Storm storm, IReadOnlyDictionary<string, string>? environment)
    {
        await storm.Cluster.Primary.CrashAsync();
        using (storm.Outage(storm.All, writes: true))
        {
            await Storm.For(1);
        }
        await storm.Cluster.Primary.StartAsync(environment);
    }

    /// <summary>The wall clock of the processes that were started with <see cref="Environment"/>; their monotonic clock stays right.</summary>
    private sealed class FakedClock
    {
        private readonly string _file;

        public FakedClock(string file)
        {
            _file = file;
            Jump(TimeSpan.Zero);
        }

        public Dictionary<string, string> Environment =>
            new(StringComparer.Ordinal)
            {
                ["LD_PRELOAD"] = Library!,
                ["FAKETIME_TIMESTAMP_FILE"] = _file,
                ["FAKETIME_NO_CACHE"] = "1",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0", // else waits with a time limit end at once
            };

        /// <summary>All clocks of a process run at this rate.</summary>
        public static Dictionary<string, string> Slow(string library, string rate) =>
            new(StringComparer.Ordinal)
            {
                ["LD_PRELOAD"] = library,
                ["FAKETIME"] = $"+0 x{rate}",
                ["FAKETIME_FORCE_MONOTONIC_FIX"] = "1",
            };

        /// <summary>Off by this much from now on; replaced in one piece, for it may be read at any time.</summary>
        public void Jump(TimeSpan by)
        {
            var next = _file + ".next";
            File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(long)by.TotalSeconds:+0;-0}\n"));
            File.Move(next, _file, overwrite: true);
        }
    }
}
