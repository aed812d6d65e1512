using System.Globalization;

namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>The protocol of revision leases, explored to the last state within small bounds; and each way of breaking it, shown to break.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    /// <summary>States after which an exploration gives up and fails. None is meant to come near.</summary>
    private const int Limit = 10_000_000;

    /// <summary>What must have happened somewhere, or the property would hold of a protocol that does nothing.</summary>
    private static readonly HashSet<StepKind> Promised =
    [
        StepKind.AllowFromCache,
        StepKind.AckByConfirmation,
        StepKind.AckBySweep,
        StepKind.LeaseLost,
        StepKind.LoseReply,
        StepKind.Crash,
        StepKind.BeginCheck,
    ];

    private static readonly HashSet<StepKind> PromisedOfFailover = [StepKind.Failover, StepKind.RenewOnZombie, StepKind.Reconnect];

    public static TheoryData<string> Scenarios() => new(Bounds.Explored.Select(scenario => scenario.Name));

    public static TheoryData<string> Mutants() => new(Enum.GetNames<Mutant>().Where(name => name != nameof(Mutant.None)));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void The_protocol_never_allows_after_an_acknowledgement(string name)
    {
        var scenario = Bounds.Explored.Single(scenario => scenario.Name == name);
        var found = Explorer.Explore(scenario, Limit);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.States} states"));
        Assert.True(found.Trace is null, Print(found.Trace));
        Assert.True(found.Exhausted);
        Assert.Superset(Promised, found.Taken.ToHashSet());
        if (scenario.Failover)
            Assert.Superset(PromisedOfFailover, found.Taken.ToHashSet());
    }

    /// <summary>In a scenario of which the protocol itself holds, and without merging worlds: each trace is a run of the mutant, and of it alone.</summary>
    [Theory]
    [MemberData(nameof(Mutants))]
    public void Every_mutant_is_refuted(string name)
    {
        var mutant = Enum.Parse<Mutant>(name);
        var scenario = ScenarioThatRefutes(mutant);
        Assert.Contains(scenario, Bounds.Small);
        var found = Explorer.Explore(scenario with { Mutant = mutant, Reduced = false }, Limit);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.States} states, {found.Trace?.Count} steps{Print(found.Trace)}"));
        Assert.NotNull(found.Trace);
    }

    private static Scenario ScenarioThatRefutes(Mutant mutant) =>
        mutant switch
        {
            Mutant.BlindReap or Mutant.SweepTimedFromCommit or Mutant.EarlyIdempotentAck => Bounds.Retry,
            Mutant.WaitKeptOnReconnect => Bounds.FailoverBeside,
            Mutant.OneStatementRevoke => Bounds.GrantFirst,
            Mutant.RenewalBySelect
            or Mutant.ZombieGrants
            or Mutant.NoticeIgnoredByRevoker
            or Mutant.FloorsClearedInPlace
            or Mutant.TruthUnchecked
            or Mutant.TruthWithoutTimeline
            or Mutant.EntryWithoutTimeline => Bounds.Failover,
            _ => Bounds.OneRevocation,
        };

    private static string Print(IReadOnlyList<string>? trace) => trace is null ? "" : Environment.NewLine + string.Join(Environment.NewLine, trace);
}
