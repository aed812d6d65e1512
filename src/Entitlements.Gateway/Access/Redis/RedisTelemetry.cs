using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>How Redis fares. What was found in it and what was rejected is <see cref="CacheTelemetry"/>'s.</summary>
internal sealed class RedisTelemetry
{
    private static readonly ActivitySource Source = new(CacheTelemetry.Name);
    private static readonly KeyValuePair<string, object?> Done = new("entitlements.outcome", "done");
    private static readonly KeyValuePair<string, object?> Failure = new("entitlements.outcome", "failed");

    private readonly Counter<long> _overruns;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _writes;

    public RedisTelemetry(IMeterFactory meters, Breaker breaker)
    {
        var meter = meters.Create(CacheTelemetry.Name);
        _overruns = meter.CreateCounter<long>("entitlements.redis.overruns", unit: "{read}", description: "Reads that Redis did not answer within the budget.");
        _failures = meter.CreateCounter<long>(
            "entitlements.redis.failures",
            unit: "{read}",
            description: "Reads that Redis refused, or that did not reach it."
        );
        _writes = meter.CreateCounter<long>("entitlements.redis.writes", unit: "{write}", description: "Decisions handed to Redis, by outcome.");
        meter.CreateObservableGauge("entitlements.redis.breaker", () => breaker.IsOpen ? 1 : 0, unit: "{state}", description: "1: Redis is left alone.");
    }

    /// <summary>A span over one read; null unless somebody records it. Carries no key.</summary>
    public static Activity? Reading() => Source.StartActivity("redis get", ActivityKind.Client)?.SetTag("db.system.name", "redis");

    public void Overran() => _overruns.Add(1);

    public void Failed() => _failures.Add(1);

    public void Wrote(bool isDone) => _writes.Add(1, isDone ? Done : Failure);
}
