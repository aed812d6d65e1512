namespace Entitlements.Faults;

/// <summary>One row of the campaign.</summary>
/// <param name="Id">As in the table: F1 to F22.</param>
/// <param name="Name">What happens.</param>
/// <param name="Budget">What is expected besides no violation; reported, not judged by a clock.</param>
/// <param name="Inject">Does it once, and heals it.</param>
internal sealed record Fault(string Id, string Name, string Budget, Func<Storm, Task> Inject)
{
    /// <summary>Part of the short form.</summary>
    public bool Short { get; init; }

    /// <summary>The cluster cannot be used afterwards.</summary>
    public bool Destroys { get; init; }

    /// <summary>The fault itself goes back to an earlier database: nothing may be allowed any more, and what was issued since is lost by definition.</summary>
    public bool Regresses { get; init; }

    /// <summary>What it needs of the cluster.</summary>
    public Ground Ground { get; init; }

    /// <summary>Why it cannot run on this machine; null when it can.</summary>
    public Func<string?> Obstacle { get; init; } = () => null;

    public override string ToString() => Id;
}

/// <summary>The campaign, as data.</summary>
internal static class Campaign
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("F1", "a replica is killed and restarted", "acknowledged within W once per death", ReplicaFaults.KillAsync) { Short = true },
        new("F2", "a replica is frozen for 0.1 to 3 s", "first acknowledgement within W + 0.1 s, then as healthy", ReplicaFaults.FreezeAsync) { Short = true },
        new("F2-long", "a replica is frozen for 30 s", "as F2", ReplicaFaults.FreezeLongAsync),
        new("F3", "a replica collects garbage all the time, with two pool threads", "its lease goes on", ReplicaFaults.StarveAsync),
        new("F4", "Redis is killed, frozen, locked, emptied, full, read-only, its values swapped", "decisions p99 below 60 ms", RedisFaults.AllAsync)
        {
            Short = true,
        },
        new(
            "F5",
            "the network between one replica and PostgreSQL or Redis: black hole, one way, cut, slow",
            "503 within L on that replica",
            NetworkFaults.AllAsync
        ),
        new("F6", "PostgreSQL is frozen, crashes, loses its sessions", "nothing allowed later than L; back within 3 s", DatabaseFaults.OutagesAsync)
        {
            Short = true,
        },
        new("F7", "the standby is promoted, the primary is dead", "nothing acknowledged is lost", DatabaseFaults.FailOverAsync) { Destroys = true },
        new("F8", "the standby is promoted, the old primary lives on and keeps one replica", "that replica is silent after L", DatabaseFaults.ZombieAsync)
        {
            Short = true,
            Destroys = true,
        },
        new("F9", "the synchronous standby is frozen", "writes wait, denies after L, no false success", DatabaseFaults.StandbyAsync) { Short = true },
        new("F10", "a stale standby is promoted: the revision goes back", "nothing allowed after one renewal", DatabaseFaults.RegressAsync)
        {
            Short = true,
            Destroys = true,
            Regresses = true,
        },
        new("F11", "100 slow statements, a lock on the guard, idle transactions", "acknowledged within lock_timeout + W", DatabaseFaults.BusyAsync),
        new(
            "F12",
            "the disks of PostgreSQL's data, of its log and of the gateways' output are full",
            "issuing is refused, and recovers unaided",
            DiskFaults.FullAsync
        )
        {
            Ground = Ground.SmallDisks,
            Obstacle = DiskFaults.Obstacle,
        },
        new("F13", "the wall clock of a replica, then of all, jumps by an hour, a day, to 2038", "none", ClockFaults.JumpAsync)
        {
            Obstacle = ClockFaults.Obstacle,
        },
        new(
            "F13-PG",
            "the wall clock of PostgreSQL jumps a day back, an hour ahead, to 2038, and back",
            "an alarm; what the clock ended stays ended",
            ClockFaults.JumpPrimaryAsync
        )
        {
            Obstacle = ClockFaults.Obstacle,
        },
        new(
            "F14",
            "the lease clock of a replica, cut off at times, is 5 % slow; on the vulnerable arm 20 %, four times what was promised",
            "5 % holds, 20 % is caught by the checker",
            ClockFaults.SlowAsync
        )
        {
            Ground = Ground.StopwatchLease,
            Obstacle = ClockFaults.Obstacle,
        },
        new("F18", "rolling restart of all replicas", "no errors beyond drained connections", ReplicaFaults.RollAsync),
        new("F19", "LISTEN connections are cut, the notification queue is stuck", "acknowledged within L/4 + 50 ms", DatabaseFaults.DeafAsync),
        new("F20", "a replica is killed between commit and answer", "a repeated request is exact", ReplicaFaults.KillBeforeAnswerAsync),
        new("F21", "signing and MAC keys are rotated, then the old ones are removed", "no false accept, below 1 % misses", KeyFaults.RotateAsync),
        Combined("F22-F2+F8", "F2", "F8"),
        Combined("F22-F4+F6", "F4", "F6"),
        Combined("F22-F1+F9", "F1", "F9"),
    ];

    public static Fault Find(string id) => All.Single(f => f.Id == id);

    /// <summary>One of the combinations.</summary>
    public static Fault AnyCombination(int seed)
    {
        var combinations = All.Where(f => f.Id.StartsWith("F22", StringComparison.Ordinal)).ToList();
        return combinations[new Random(seed).Next(combinations.Count)];
    }

    private static Fault Combined(string id, string one, string other) =>
        new(id, $"{one} and {other} at the same time", "as each", storm => Task.WhenAll(Find(one).Inject(storm), Find(other).Inject(storm)))
        {
            Destroys = other == "F8",
        };
}
