using System.Diagnostics;
using System.Diagnostics.Metrics;
using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Access;

/// <summary>How long decisions take and how they come out. Tags come from closed sets: an id in a tag is a bug.</summary>
internal sealed class DecisionTelemetry(IMeterFactory meters)
{
    private const string Name = "Entitlements.Access";
    public const string Duration = "entitlements.decision.duration";
    private static readonly ActivitySource Source = new(Name);

    private readonly Histogram<double> _duration = meters
        .Create(Name)
        .CreateHistogram<double>(
            Duration,
            unit: "s",
            description: "Question in hand to decision made, facts included.",
            advice: new() { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1] }
        );

    private readonly Counter<long> _alarms = meters
        .Create(Name)
        .CreateCounter<long>(
            "entitlements.enumeration.alarms",
            unit: "{alarm}",
            description: "Clients that asked about unusually many people for a restricted app."
        );

    /// <summary>A span over one run of questions.</summary>
    public static Activity? Start(int questions) => Source.StartActivity("evaluate")?.SetTag("entitlements.questions", questions);

    public void Decided(Decision decision, long startedAt) =>
        _duration.Record(
            Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
            new KeyValuePair<string, object?>("entitlements.reason", decision is Decision.Deny deny ? deny.Reasons.Headline.Code : "allowed")
        );

    public void Alarmed() => _alarms.Add(1);
}
