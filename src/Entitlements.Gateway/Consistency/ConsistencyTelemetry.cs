using System.Diagnostics.Metrics;

namespace Entitlements.Gateway.Consistency;

/// <summary>How fresh this replica is and how long revocations take.</summary>
internal sealed class ConsistencyTelemetry
{
    public const string Name = "Entitlements.Consistency";
    public const string Propagation = "entitlements.revocation.propagation";

    private readonly Histogram<double> _acknowledged;
    private readonly Counter<long> _renewals;
    private volatile bool _safeMode;
    private long _applied;
    private double _queueUsed;

    public ConsistencyTelemetry(IMeterFactory meters, Replica replica, BootClock clock)
    {
        var meter = meters.Create(Name);
        _acknowledged = meter.CreateHistogram<double>(
            Propagation,
            unit: "s",
            description: "Committed to in force on every replica.",
            advice: new() { HistogramBucketBoundaries = [.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5] }
        );
        _renewals = meter.CreateCounter<long>("entitlements.lease.renewals", unit: "{renewal}", description: "Granted renewals of the revision lease.");
        meter.CreateObservableGauge(
            "entitlements.lease.remaining",
            () => replica.Last is { Clock: not null } view ? (view.Expires - clock.Now).TotalSeconds : 0,
            unit: "s",
            description: "Until the lease ends; below zero nothing is allowed."
        );
        meter.CreateObservableGauge(
            "entitlements.lease.age",
            () => replica.Last is { Clock: { } anchor } ? (clock.Now - anchor.Sent).TotalSeconds : 0,
            unit: "s",
            description: "Since the renewal that granted the lease was sent."
        );
        meter.CreateObservableGauge(
            "entitlements.view.revision",
            () => Interlocked.Read(ref _applied),
            unit: "{revision}",
            description: "Revision that this replica has applied."
        );
        meter.CreateObservableGauge(
            "entitlements.safe_mode",
            () => _safeMode ? 1 : 0,
            unit: "{state}",
            description: "1: the database went back in time, everything is refused."
        );
        meter.CreateObservableGauge(
            "entitlements.notifications.queued",
            () => Volatile.Read(ref _queueUsed),
            unit: "1",
            description: "Share of the database's queue of notifications in use. From 0.9 on revocations are not told at once, but found at the next renewal."
        );
    }

    public void Renewed(Renewal renewal, int news)
    {
        Interlocked.Exchange(ref _applied, renewal.Seen);
        Volatile.Write(ref _queueUsed, renewal.QueueUsed);
        _renewals.Add(1, new KeyValuePair<string, object?>("entitlements.news", news > 0));
    }

    public void InSafeMode(bool isSafe) => _safeMode = isSafe;

    public void Acknowledged(TimeSpan took, bool isInForce) =>
        _acknowledged.Record(took.TotalSeconds, new KeyValuePair<string, object?>("entitlements.in_force", isInForce));
}
