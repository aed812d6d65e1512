using BenchmarkDotNet.Attributes;
using Entitlements.Engine.Decisions;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Benchmarks;

/// <summary>One decision, facts in hand. Goal: under 1 µs, nothing allocated but the answer.</summary>
[MemoryDiagnoser]
public class EvaluatorBenchmarks
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly EvaluationRequest Request = new(
        "northvale",
        new Subject("user", "northvale-0001", Properties.None),
        new Action(Action.Download, Properties.None),
        new Resource(Resource.App, "call-recorder", Properties.None),
        new Context(Device: "northvale-phone-0001")
    );

    private Facts _allowed = new();
    private Facts _denied = new();
    private Facts _notHeld = new();

    /// <summary>How many assignments the person has.</summary>
    [Params(1, 8, 64)]
    public int Assignments { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _allowed = new Facts
        {
            CallerMayAsk = true,
            Subject = new(Active: true, Suspended: false),
            Resource = new()
            {
                Adopted = true,
                ActionKnown = true,
                HighRisk = true,
                Release = new(Published: true, Bars.None),
                DeviceLimit = 3,
            },
            Rule = new(["commander", "negotiator"], DeviceCondition.Known, []),
            Assessment = new(Approved: true, Noon.AddYears(1), TimeSpan.FromDays(7), RedeemedBeforeLapse: false),
            Held = [.. Enumerable.Range(1, Assignments).Select(Held)],
            Device = new(DeviceKind.Personal, BelongsToSubject: true, BookedToSubject: false, Managed: true, DateTimeOffset.MaxValue),
        };
        _denied = _allowed with
        {
            Subject = new(Active: true, Suspended: true),
            Resource = _allowed.Resource! with { Bars = Bars.Recalled | Bars.Suspended },
            Assessment = null,
            GuidanceOutstanding = true,
        };
        _notHeld = _allowed with { Rule = _allowed.Rule! with { Roles = ["commander"] } };
    }

    [Benchmark(Baseline = true)]
    public Decision Allow() => Evaluator.Evaluate(Request, _allowed, Noon);

    [Benchmark]
    public Decision DenyForFiveReasons() => Evaluator.Evaluate(Request, _denied, Noon);

    [Benchmark]
    public Decision DenyForNoRole() => Evaluator.Evaluate(Request, _notHeld, Noon);

    /// <remarks>Windows that all differ and ascend, none suspended, each with a conflict that nobody holds: the plain case at its worst.</remarks>
    private static HeldRole Held(int index) => new(index, new string("negotiator"), Noon.AddDays(-index), Noon.AddDays(index), Suspended: false, ["auditor"]);
}
