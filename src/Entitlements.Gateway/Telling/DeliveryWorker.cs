using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling;

/// <summary>
/// Delivers what is due. A delivery is claimed before it is attempted, so that of many replicas one attempts it; the claim of a worker that died ends by
/// itself, and the same message is sent again under the same id. A receiver that does not answer holds up nobody but itself.
/// </summary>
internal sealed partial class DeliveryWorker(IServiceScopeFactory scopes, TimeProvider clock, TellingTelemetry telemetry, ILogger<DeliveryWorker> log)
    : Worker("Deliveries", Pause, scopes, clock, log)
{
    /// <summary>Longer than any attempt takes, with all that it waits for.</summary>
    public static readonly TimeSpan ClaimFor = TimeSpan.FromMinutes(3);

    /// <summary>Attempts under way at the same time: in this process, and in all of them to one receiver.</summary>
    private const int Most = 32;
    private const int MostToOne = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly List<Task> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await base.ExecuteAsync(stoppingToken);
        }
        finally
        {
            await Task.WhenAll(_running); // each is bounded by its own timeout
        }
    }

    protected override async Task ActAsync(CancellationToken stopping)
    {
        List<Task> begun;
        do
        {
            _running.RemoveAll(attempt => attempt.IsCompleted);
            begun = await BeginAsync(Most - _running.Count);
            _running.AddRange(begun);
            await Task.WhenAny(Task.WhenAll(begun), Task.Delay(Pause, Clock, stopping)); // a receiver that hangs is not waited for
        } while (begun.Count > 0 && !stopping.IsCancellationRequested);
    }

    /// <summary>Attempts what is due now, and returns when all of it has ended: how much it was.</summary>
    internal async Task<int> RoundAsync()
    {
        var attempts = await BeginAsync(Most);
        await Task.WhenAll(attempts);
        return attempts.Count;
    }

    private async Task<List<Task>> BeginAsync(int most)
    {
        await using var scope = Scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<People.PersonRouter>().RouteAsync();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
        telemetry.Oldest(await OldestAsync(db));
        var (now, claimed) = (Clock.Now(), new List<DeliveryRow>());
        if (most > 0 && await db.Deliveries.AnyAsync(d => d.NextAt <= now))
        {
            claimed = await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(write => ClaimAsync(write, most));
        }
        return claimed.ConvertAll(AttemptAsync);
    }

    private static async Task<List<DeliveryRow>> ClaimAsync(WriteScope write, int most)
    {
        await write.AloneAsync("delivery");
        var busy = await write
            .Db.Deliveries.Where(d => d.Claim != null && d.NextAt > write.Now)
            .GroupBy(d => d.Lane)
            .Select(lane => new { lane.Key, Count = lane.Count() })
            .ToDictionaryAsync(lane => lane.Key, lane => lane.Count);
        var full = busy.Where(lane => lane.Value >= MostToOne).Select(lane => lane.Key).ToList();
        var due = await write
            .Db.Deliveries.Where(d => d.NextAt <= write.Now && !full.Contains(d.Lane))
            .OrderByDescending(d => d.Urgent)
            .ThenBy(d => d.NextAt)
            .ThenBy(d => d.Id)
            .Take(8 * Most)
            .ToListAsync();
        var claimed = due.GroupBy(d => d.Lane).SelectMany(lane => lane.Take(MostToOne - busy.GetValueOrDefault(lane.Key))).Take(most).ToList();
        foreach (var delivery in claimed)
        {
            delivery.Claim = Guid.NewGuid();
            delivery.NextAt = write.Now + ClaimFor;
            delivery.Attempts++;
        }
        return claimed;
    }

    private async Task AttemptAsync(DeliveryRow delivery)
    {
        try
        {
            await using var scope = Scopes.CreateAsyncScope();
            var attempt = await scope.ServiceProvider.GetRequiredService<Senders>().SendAsync(delivery);
            if (
                await scope.ServiceProvider.GetRequiredService<Settlement>().SettleAsync(delivery, attempt) is { } state
                && attempt is not Attempt.Refused { Result: "exercise" }
            )
            {
                telemetry.Attempted(delivery.Channel, attempt, state);
                if (attempt is not (Attempt.Arrived or Attempt.Accepted))
                {
                    NotArrived(delivery.Message, delivery.Channel, attempt.Result, state);
                }
            }
        }
        catch (Exception fault) // the claim ends, and it is tried again
        {
            Unsettled(delivery.Message, fault.GetType().Name);
        }
    }

    private static async Task<IReadOnlyDictionary<Channel, DateTimeOffset>> OldestAsync(EntitlementsDb db) =>
        await db
            .Deliveries.Where(d => d.NextAt != null)
            .GroupBy(d => d.Channel)
            .Select(channel => new { channel.Key, Since = channel.Min(d => d.Since) })
            .ToDictionaryAsync(channel => channel.Key, channel => channel.Since);

    [LoggerMessage(LogLevel.Information, "Delivery {Message} by {Channel} did not arrive ({Result}): {State}.")]
    private partial void NotArrived(string message, Channel channel, string result, DeliveryState state);

    [LoggerMessage(LogLevel.Warning, "What became of delivery {Message} could not be kept ({Fault}); it is tried again.")]
    private partial void Unsettled(string message, string fault);
}
