using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Entitlements.Gateway.Telling;

/// <summary>Whether messages arrive, and how long the oldest has been on its way.</summary>
internal sealed class TellingTelemetry
{
    public const string Name = "Entitlements.Telling";

    private readonly Counter<long> _attempts;
    private readonly TimeProvider _clock;
    private IReadOnlyDictionary<Channel, DateTimeOffset> _oldest = new Dictionary<Channel, DateTimeOffset>();

    public TellingTelemetry(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        var meter = meters.Create(Name);
        _attempts = meter.CreateCounter<long>(
            "entitlements.deliveries",
            unit: "{attempt}",
            description: "Attempts to deliver a message, by channel and outcome."
        );
        meter.CreateObservableGauge(
            "entitlements.deliveries.oldest",
            Ages,
            unit: "s",
            description: "Age of the oldest message that has neither arrived nor failed, by channel."
        );
    }

    public void Attempted(Channel channel, Attempt attempt, DeliveryState state) =>
        _attempts.Add(1, new("entitlements.channel", NameOf(channel)), new("entitlements.outcome", OutcomeOf(attempt, state)));

    /// <summary>Since when the oldest of each channel that has any is on its way.</summary>
    public void Oldest(IReadOnlyDictionary<Channel, DateTimeOffset> since) => Volatile.Write(ref _oldest, since);

    private IEnumerable<Measurement<double>> Ages()
    {
        var (oldest, now) = (Volatile.Read(ref _oldest), _clock.GetUtcNow());
        return Enum.GetValues<Channel>()
            .Select(channel => new Measurement<double>(
                oldest.TryGetValue(channel, out var since) ? Math.Max(0, (now - since).TotalSeconds) : 0,
                new KeyValuePair<string, object?>("entitlements.channel", NameOf(channel))
            ));
    }

    private static string NameOf(Channel channel) => JsonNamingPolicy.SnakeCaseLower.ConvertName(channel.ToString());

    private static string OutcomeOf(Attempt attempt, DeliveryState state) =>
        state switch
        {
            DeliveryState.Delivered => "delivered",
            DeliveryState.Accepted when attempt is Attempt.Accepted => "accepted",
            DeliveryState.Failed => "failed",
            DeliveryState.Waiting or DeliveryState.Accepted => "postponed",
        };
}
