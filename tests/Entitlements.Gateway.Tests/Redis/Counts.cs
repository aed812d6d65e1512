using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>What one gateway of several in this process has counted since, by instrument and tag values: <c>entitlements.decisions.rejected redis mac</c>.</summary>
internal sealed class Counts : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _before;
    private readonly MeterListener _listener = new();

    public Counts(TestGateway gateway)
    {
        var scope = gateway.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, scope) && instrument.Name.StartsWith("entitlements.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(
            (instrument, count, tags, _) =>
            {
                var name = string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => tag.Value?.ToString() ?? "")]);
                _counts.AddOrUpdate(name, count, (_, before) => instrument.IsObservable ? count : before + count);
            }
        );
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _counts[instrument.Name] = value);
        _listener.Start();
        _listener.RecordObservableInstruments();
        _before = new(_counts, StringComparer.Ordinal);
    }

    public long Found(string level) => Of($"entitlements.decisions.found {level}");

    public long Rejected(string cause) => Of($"entitlements.decisions.rejected redis {cause}");

    public long Of(string name)
    {
        _listener.RecordObservableInstruments();
        return _counts.GetValueOrDefault(name) - _before.GetValueOrDefault(name);
    }

    public long Gauge(string name)
    {
        _listener.RecordObservableInstruments();
        return _counts.GetValueOrDefault(name);
    }

    public void Dispose() => _listener.Dispose();
}
