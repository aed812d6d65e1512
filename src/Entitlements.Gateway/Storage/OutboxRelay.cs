using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Delivers what the outbox owes, in the order it was written, at least once: for now to the structured log, which OTLP carries on. Also
/// tidies what has served its time. Webhooks and mail take their messages from the same table.
/// </summary>
internal sealed partial class OutboxRelay(IServiceScopeFactory scopes, TimeProvider clock, ILogger<OutboxRelay> log) : BackgroundService
{
    private const int Batch = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepDelivered = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeepOutcomes = TimeSpan.FromHours(24);
    private static readonly TimeSpan KeepInvalidations = TimeSpan.FromDays(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await RelayAsync() == Batch && !stoppingToken.IsCancellationRequested) { }
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested) // whatever it is: one that escaped would end the host
            {
                Postponed(fault.GetType().Name); // the database is away, or full: what is owed stays owed
            }
        }
    }

    /// <summary>Delivers one batch; returns how many messages it held.</summary>
    internal async Task<int> RelayAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .RecordAsync(async write =>
            {
                await write.AloneAsync("outbox");
                var owed = await write.Db.Outbox.Where(m => m.DeliveredAt == null).OrderBy(m => m.Id).Take(Batch).ToListAsync();
                foreach (var message in owed)
                {
                    Delivered(message.Kind, message.Tenant, message.Revision, message.Payload);
                    message.DeliveredAt = write.Now;
                }
                if (owed.Count == 0)
                {
                    await TidyAsync(write);
                }
                return owed.Count;
            });
    }

    private static async Task TidyAsync(WriteScope write)
    {
        var (delivered, outcomes, invalidations) = (write.Now - KeepDelivered, write.Now - KeepOutcomes, write.Now - KeepInvalidations);
        await write.Db.Outbox.Where(m => m.DeliveredAt != null && m.DeliveredAt < delivered).ExecuteDeleteAsync();
        await write.Db.Idempotency.Where(i => i.At < outcomes).ExecuteDeleteAsync();
        await write.Db.Set<Consistency.InvalidationRow>().Where(i => i.At < invalidations).ExecuteDeleteAsync(); // a replica that was away longer begins anew
    }

    [LoggerMessage(LogLevel.Information, "Event {Kind} of tenant {Tenant} at revision {Revision}: {Payload}")]
    private partial void Delivered(string kind, string? tenant, long revision, string payload);

    [LoggerMessage(LogLevel.Warning, "The outbox could not be read ({Fault}); its messages wait.")]
    private partial void Postponed(string fault);
}
