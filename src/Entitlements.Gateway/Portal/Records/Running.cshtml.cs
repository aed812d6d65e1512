using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Reports;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>For operators: how one replica did in the last hour.</summary>
internal sealed class RunningModel : PortalPage
{
    public ReplicaView Replica { get; private set; } = null!;

    protected override async Task LoadAsync() => Replica = await Api.GetAsync<ReplicaView>("/v1/installation/figures");

    /// <summary>One figure over the hour; null before the first minute is over.</summary>
    public StepChart? Chart(string title, Func<MinuteFigures, long> value) =>
        Replica.Minutes is { Count: > 1 } minutes ? new(title, [.. minutes.Select(m => (m.At, value(m)))], Now, null) : null;

    public static long Decisions(MinuteFigures minute) => minute.Memory + minute.Redis + minute.Truth;

    /// <summary>Of a hundred decisions so many were not judged by the database.</summary>
    public static long Hits(MinuteFigures minute) => Decisions(minute) is > 0 and var all ? 100 * (minute.Memory + minute.Redis) / all : 100;

    public static long Micros(TimeSpan? took) => took is { } span ? (long)span.TotalMicroseconds : 0;
}
