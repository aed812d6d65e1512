using System.Diagnostics.Metrics;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Consistency;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Entitlements.Gateway.Reports;

/// <summary>How one replica did in one minute.</summary>
/// <param name="At">When the minute was over.</param>
/// <param name="Memory">Decisions found in this process's memory.</param>
/// <param name="Redis">Decisions found in Redis.</param>
/// <param name="Truth">Decisions judged by the database.</param>
/// <param name="Judging">How long those took that were judged.</param>
/// <param name="Revoking">How long revocations took from their commit until they were in force on every replica.</param>
internal sealed record MinuteFigures(DateTimeOffset At, long Memory, long Redis, long Truth, Spread Judging, Spread Revoking);

/// <summary>How long something took, as far as a histogram tells: the upper end of the bucket in which the quantile lies.</summary>
/// <param name="Half">Half of them took at most so long; null: there were none, or they took longer than the last bucket says.</param>
/// <param name="Most">99 of 100 took at most so long.</param>
internal sealed record Spread(long Count, TimeSpan? Half, TimeSpan? Most);

/// <summary>The last hour of this process, a minute each, by a reader of OpenTelemetry's that sees these three instruments alone.</summary>
internal sealed class ReplicaFigures(IMeterFactory meters, TimeProvider clock) : IHostedService, IDisposable
{
    private const int AMinute = 60_000;
    private static readonly string[] Read = [CacheTelemetry.Decisions, DecisionTelemetry.Duration, ConsistencyTelemetry.Propagation];

    private readonly MinuteExporter _minutes = new(clock);
    private MeterProvider? _provider;

    /// <summary>At most 60, the newest last; in the first minute what there is so far.</summary>
    public IReadOnlyList<MinuteFigures> LastHour()
    {
        if (_minutes.Kept() is { Count: > 0 } kept)
        {
            return kept;
        }
        _provider?.ForceFlush(AMinute);
        return _minutes.Kept();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(CacheTelemetry.Name, ConsistencyTelemetry.Name)
            .AddView(instrument => Read.Contains(instrument.Name) && ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop)
            .AddReader(new PeriodicExportingMetricReader(_minutes, AMinute) { TemporalityPreference = MetricReaderTemporalityPreference.Delta })
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _provider?.Dispose();
}

/// <summary>Keeps the last hour.</summary>
internal sealed class MinuteExporter(TimeProvider clock) : BaseExporter<Metric>
{
    private const int Minutes = 60;
    private readonly Queue<MinuteFigures> _minutes = new();

    public IReadOnlyList<MinuteFigures> Kept()
    {
        lock (_minutes)
        {
            return [.. _minutes];
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var (judging, revoking) = (new Buckets(), new Buckets());
        foreach (var metric in batch)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                switch (metric.Name)
                {
                    case CacheTelemetry.Decisions when point.Tags.Value(CacheTelemetry.LevelTag) is { } level:
                        found[level] = point.GetSumLong();
                        break;
                    case DecisionTelemetry.Duration:
                        judging.Add(point.GetHistogramBuckets());
                        break;
                    case ConsistencyTelemetry.Propagation:
                        revoking.Add(point.GetHistogramBuckets());
                        break;
                }
            }
        }
        Keep(
            new(
                clock.GetUtcNow(),
                found.GetValueOrDefault("memory"),
                found.GetValueOrDefault("redis"),
                found.GetValueOrDefault("truth"),
                judging.ToSpread(),
                revoking.ToSpread()
            )
        );
        return ExportResult.Success;
    }

    private void Keep(MinuteFigures minute)
    {
        lock (_minutes)
        {
            if (_minutes.Count == Minutes)
            {
                _minutes.Dequeue();
            }
            _minutes.Enqueue(minute);
        }
    }

    /// <summary>Histograms of one instrument, whatever their tags, added up.</summary>
    private sealed class Buckets
    {
        private readonly SortedDictionary<double, long> _counts = [];

        public void Add(HistogramBuckets buckets)
        {
            foreach (var bucket in buckets)
            {
                _counts[bucket.ExplicitBound] = _counts.GetValueOrDefault(bucket.ExplicitBound) + bucket.BucketCount;
            }
        }

        public Spread ToSpread() => new(_counts.Values.Sum(), Quantile(.5), Quantile(.99));

        private TimeSpan? Quantile(double share)
        {
            var (wanted, seen) = (share * _counts.Values.Sum(), 0L);
            foreach (var (bound, count) in _counts)
            {
                seen += count;
                if (count > 0 && seen >= wanted)
                {
                    return double.IsInfinity(bound) ? null : TimeSpan.FromSeconds(bound);
                }
            }
            return null;
        }
    }
}

internal static class MetricTags
{
    /// <summary>The value of one tag; null: there is none.</summary>
    public static string? Value(this ReadOnlyTagCollection tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value as string;
            }
        }
        return null;
    }
}
