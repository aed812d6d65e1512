namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>
/// The scenarios that are explored. One replica is enough for whatever can go wrong at one replica, the others being only more to wait for; more of
/// them are explored so that nothing rests on that argument.
/// </summary>
internal static class Bounds
{
    public static readonly Scenario OneRevocation = new("one replica, one revocation", 1, [Write.Revoke], Lease: 3);
    public static readonly Scenario Retry = new(
        "one replica, a revocation beside another, and its retry",
        1,
        [Write.Other, Write.Revoke, Write.Revoke],
        Lease: 2
    );
    public static readonly Scenario GrantFirst = new("one replica, a grant just before the revocation", 1, [Write.Grant, Write.Revoke], Lease: 3);
    public static readonly Scenario Failover = new("one replica, failover", 1, [Write.Revoke], Lease: 3, Failover: true, WritesOnZombie: true);
    public static readonly Scenario FailoverBeside = new(
        "one replica, failover, a revocation beside another",
        1,
        [Write.Other, Write.Revoke],
        Lease: 2,
        Failover: true
    );

    /// <summary>Explored with every build: some 600,000 states. One without <see cref="Scenario.Reduced"/>, which must change nothing.</summary>
    public static readonly Scenario[] Small =
    [
        OneRevocation,
        Retry,
        GrantFirst,
        Failover,
        new("one replica, long leases, a right that comes and goes", 1, [Write.Revoke, Write.Grant, Write.Revoke], Lease: 4),
        FailoverBeside,
        new("one replica, failover, a retry", 1, [Write.Revoke, Write.Revoke], Lease: 2, Failover: true),
        new("two replicas, one revocation", 2, [Write.Revoke], Lease: 3),
        new("two replicas, failover", 2, [Write.Revoke], Lease: 2, Failover: true),
        new("two replicas, one revocation, nothing merged", 2, [Write.Revoke], Lease: 2) { Reduced = false },
    ];

    /// <summary>Explored by night: five million states. Two replicas, two revocations and a failover together would need gigabytes, and are not here.</summary>
    public static readonly Scenario[] Wide =
    [
        new(
            "one replica, failover, writes on both sides, a right that comes and goes",
            1,
            [Write.Revoke, Write.Grant],
            Lease: 3,
            Failover: true,
            WritesOnZombie: true
        ),
        new("two replicas, a revocation beside another", 2, [Write.Other, Write.Revoke], Lease: 2),
        new("two replicas, a retry", 2, [Write.Revoke, Write.Revoke], Lease: 2),
        new("two replicas, a right that comes and goes", 2, [Write.Revoke, Write.Grant, Write.Revoke], Lease: 2),
        new("one replica, failover, a retry, nothing merged", 1, [Write.Revoke, Write.Revoke], Lease: 2, Failover: true) { Reduced = false },
        Retry with
        {
            Name = "one replica, a revocation beside another, and its retry, nothing merged",
            Reduced = false,
        },
        new("three replicas, one revocation", 3, [Write.Revoke], Lease: 2),
        new("two replicas, failover, writes on both sides", 2, [Write.Revoke], Lease: 2, Failover: true, WritesOnZombie: true),
    ];

    /// <summary>The small ones, and the wide ones too where the environment variable <c>ENTITLEMENTS_MODEL</c> is <c>full</c>.</summary>
    public static IEnumerable<Scenario> Explored => Environment.GetEnvironmentVariable("ENTITLEMENTS_MODEL") == "full" ? Small.Concat(Wide) : Small;
}
