using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling;

/// <summary>
/// Takes what the outbox owes, in the order it was written: into the structured log, which OTLP carries on, and to each webhook that hears of it, as a
/// delivery of its own in the same transaction. What happens in an exercise goes into the log, marked, and no further. Also tidies what has served its time.
/// </summary>
internal sealed partial class OutboxRelay(IServiceScopeFactory scopes, TimeProvider clock, ILogger<OutboxRelay> log)
    : Worker("The outbox", TimeSpan.FromSeconds(1), scopes, clock, log)
{
    private const int Batch = 200;
    private static readonly TimeSpan KeepDelivered = TimeSpan.FromDays(7);
    private static readonly TimeSpan KeepSettled = TimeSpan.FromDays(30);
    private static readonly TimeSpan KeepOutcomes = TimeSpan.FromHours(24);
    private static readonly TimeSpan KeepInvalidations = TimeSpan.FromDays(2);

    protected override Task ActAsync(CancellationToken stopping) => DrainAsync(RelayAsync, Batch, stopping);

    /// <summary>Takes one batch; returns how many messages it held.</summary>
    internal Task<int> RelayAsync() =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("outbox");
            var owed = await write.Db.Outbox.AsNoTracking().Where(m => m.DeliveredAt == null).OrderBy(m => m.Id).Take(Batch).ToListAsync();
            if (owed.Count == 0)
            {
                await TidyAsync(write);
                return 0;
            }
            var webhooks = await write.Db.Webhooks.AsNoTracking().Where(w => w.Enabled).ToListAsync();
            var exercises = await write.Db.ExercisesAmongAsync(owed.Select(m => m.Tenant));
            foreach (var message in owed)
            {
                if (exercises.Contains(message.Tenant))
                {
                    Rehearsed(message.Kind, message.Tenant, message.Revision, message.Payload);
                    continue;
                }
                Relayed(message.Kind, message.Tenant, message.Revision, message.Payload);
                write.Db.Deliveries.AddRange(HearersOf(message, webhooks).Select(webhook => DeliveryOf(message, webhook, write.Now)));
            }
            var ids = owed.ConvertAll(m => m.Id);
            await write.Db.Outbox.Where(m => EF.Parameter(ids).Contains(m.Id)).ExecuteUpdateAsync(set => set.SetProperty(m => m.DeliveredAt, write.Now));
            return owed.Count;
        });

    /// <summary>What concerns the whole installation is told to the platform's own webhooks.</summary>
    private static IEnumerable<WebhookRow> HearersOf(OutboxRow message, List<WebhookRow> webhooks) =>
        webhooks.Where(w => w.Tenant == (message.Tenant ?? TenantRow.Platform) && w.Hears(message.Kind));

    private static DeliveryRow DeliveryOf(OutboxRow message, WebhookRow webhook, DateTimeOffset now)
    {
        var data = JsonNode.Parse(message.Payload)!.AsObject();
        data["revision"] = message.Revision;
        return webhook.DeliveryOf(message.Kind, data, message.At, now);
    }

    private static async Task TidyAsync(WriteScope write)
    {
        var (delivered, outcomes, invalidations) = (write.Now - KeepDelivered, write.Now - KeepOutcomes, write.Now - KeepInvalidations);
        var settled = write.Now - KeepSettled;
        await write.Db.Outbox.Where(m => m.DeliveredAt != null && m.DeliveredAt < delivered).ExecuteDeleteAsync();
        await write.Db.Deliveries.Where(d => d.SettledAt != null && d.SettledAt < settled).ExecuteDeleteAsync();
        await write.Db.Idempotency.Where(i => i.At < outcomes).ExecuteDeleteAsync();
        await write.Db.Set<Consistency.InvalidationRow>().Where(i => i.At < invalidations).ExecuteDeleteAsync(); // a replica that was away longer begins anew
    }

    [LoggerMessage(LogLevel.Information, "Event {Kind} of tenant {Tenant} at revision {Revision}: {Payload}")]
    private partial void Relayed(string kind, string? tenant, long revision, string payload);

    [LoggerMessage(LogLevel.Information, "EXERCISE, told to nobody: event {Kind} of tenant {Tenant} at revision {Revision}: {Payload}")]
    private partial void Rehearsed(string kind, string? tenant, long revision, string payload);
}
