using System.Globalization;

namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>The protocol of revision leases, explored to the last state within small bounds; and each way of breaking it, shown to break.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    /// <summary>Set to <c>full</c> for the wide bounds, which take minutes: a nightly run.</summary>
    private const string Bounds = "ENTITLEMENTS_MODEL";
    private const int Limit = 30_000_000;

    private static readonly Scenario[] Small =
    [
        new("two replicas, one revocation", 2, [Write.Revoke], Lease: 2),
        new("one replica, long leases, a right that comes and goes", 1, [Write.Revoke, Write.Grant, Write.Revoke], Lease: 3),
        new("one replica, a revocation beside another and its retry", 1, [Write.Other, Write.Revoke, Write.Revoke], Lease: 2),
        new("one replica, a grant just before the revocation", 1, [Write.Grant, Write.Revoke], Lease: 3),
        new("one replica, failover", 1, [Write.Revoke], Lease: 3, Failover: true, WritesOnZombie: true),
        new("one replica, failover, a revocation beside another", 1, [Write.Other, Write.Revoke], Lease: 2, Failover: true),
        new("one replica, failover, a retry", 1, [Write.Revoke, Write.Revoke], Lease: 2, Failover: true),
    ];

    private static readonly Scenario[] Wide =
    [
        new("two replicas, two revocations", 2, [Write.Other, Write.Revoke], Lease: 2),
        new("two replicas, failover", 2, [Write.Revoke], Lease: 2, Failover: true),
        new("two replicas, a retry", 2, [Write.Revoke, Write.Revoke], Lease: 2),
        new("two replicas, one revocation, long", 2, [Write.Revoke], Lease: 3),
        new("two replicas, a right that comes and goes", 2, [Write.Revoke, Write.Grant, Write.Revoke], Lease: 2),
        // new("three replicas, one revocation", 3, [Write.Revoke], Lease: 2),
    ];

    public static TheoryData<string> Scenarios() => new(Explored().Select(scenario => scenario.Name));

    public static TheoryData<string> Mutants() => new(Enum.GetNames<Mutant>().Where(name => name != nameof(Mutant.None)));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void The_protocol_never_allows_after_an_acknowledgement(string name)
    {
        var scenario = Explored().Single(scenario => scenario.Name == name);
        var found = Explorer.Explore(scenario, Limit);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.States} states"));
        Assert.True(found.Trace is null, Print(found.Trace));
        Assert.True(found.Exhausted);
        Assert.Superset(Promised(scenario), found.Taken.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void Every_mutant_is_refuted(string name)
    {
        var mutant = Enum.Parse<Mutant>(name);
        var found = Explorer.Explore(ScenarioThatRefutes(mutant) with { Mutant = mutant }, Limit);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.States} states, {found.Trace?.Count} steps{Print(found.Trace)}"));
        Assert.NotNull(found.Trace);
    }

    /// <summary>What must have happened, or the property would hold of a protocol that does nothing.</summary>
    private static HashSet<StepKind> Promised(Scenario scenario)
    {
        HashSet<StepKind> promised =
        [
            StepKind.AllowFromCache,
            StepKind.AckByConfirmation,
            StepKind.AckBySweep,
            StepKind.LeaseLost,
            StepKind.LoseReply,
            StepKind.Crash,
            StepKind.BeginCheck,
        ];
        if (scenario.Failover)
            promised.UnionWith([StepKind.Failover, StepKind.RenewOnZombie, StepKind.Reconnect]);
        return promised;
    }

    private static Scenario ScenarioThatRefutes(Mutant mutant) =>
        mutant switch
        {
            Mutant.BlindReap or Mutant.SweepTimedFromCommit => new("a revocation beside another", 1, [Write.Other, Write.Revoke], Lease: 3),
            Mutant.EarlyIdempotentAck => new("a retry", 1, [Write.Revoke, Write.Revoke], Lease: 3),
            Mutant.OneStatementRevoke => new("a grant just before", 1, [Write.Grant, Write.Revoke], Lease: 3),
            Mutant.RenewalBySelect
            or Mutant.ZombieGrants
            or Mutant.NoticeIgnoredByRevoker
            or Mutant.FloorsClearedInPlace
            or Mutant.TruthUnchecked
            or Mutant.TruthWithoutTimeline
            or Mutant.EntryWithoutTimeline => new("failover", 1, [Write.Revoke], Lease: 3, Failover: true, WritesOnZombie: true),
            _ => new("one revocation", 1, [Write.Revoke], Lease: 3),
        };

    private static IEnumerable<Scenario> Explored() => Environment.GetEnvironmentVariable(Bounds) == "full" ? Small.Concat(Wide) : Small;

    private static string Print(IReadOnlyList<string>? trace) => trace is null ? "" : Environment.NewLine + string.Join(Environment.NewLine, trace);
}
