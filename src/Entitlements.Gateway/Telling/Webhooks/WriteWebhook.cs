using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>
/// Every write to a webhook. It changes nobody's access, for it tells outsiders of events without names: no change, no votes, no revision; one person,
/// recorded.
/// </summary>
internal sealed class WriteWebhook(Writes writes, WebhookSecrets secrets)
{
    private const int MostOfTenant = 20;

    /// <summary>Registers it, which answers with its secret, or alters it; switches it on again, too.</summary>
    public Task<WriteOutcome> PutAsync(WriteRequest request, string tenant, string id, string url, List<string> kinds, bool enabled) =>
        RecordAsync(
            request,
            tenant,
            id,
            "webhook.put",
            async (write, row) =>
            {
                if (request.ObjectionTo(row?.Version ?? 0) is { } stale)
                {
                    throw new RefusedException(stale);
                }
                string? secret = null;
                if (row is null)
                {
                    if (!await write.Db.Tenants.AnyAsync(t => t.Id == tenant))
                    {
                        throw new RefusedException(Weight.NotFound.Refusal!);
                    }
                    if (await write.Db.Webhooks.CountAsync(w => w.Tenant == tenant) >= MostOfTenant)
                    {
                        throw Refused("too_many_webhooks", FormattableString.Invariant($"A tenant has at most {MostOfTenant} webhooks."));
                    }
                    (secret, var wrapped) = secrets.Create(tenant, id);
                    row = new()
                    {
                        Tenant = tenant,
                        Id = id,
                        Url = url,
                        Kinds = kinds,
                        WrappedSecret = wrapped,
                        Version = 0,
                    };
                    write.Db.Webhooks.Add(row);
                }
                (row.Url, row.Kinds, row.Enabled, row.DisabledBecause, row.FailingSince) = (url, kinds, enabled, null, null);
                if (!enabled)
                {
                    await Settlement.EndWaitingAsync(write, row);
                }
                return new(
                    row,
                    new
                    {
                        origin = new Uri(url).GetLeftPart(UriPartial.Authority),
                        kinds,
                        enabled,
                    },
                    secret is null ? null : new { secret }
                );
            }
        );

    public Task<WriteOutcome> DeleteAsync(WriteRequest request, string tenant, string id) =>
        WriteAsync(
            request,
            tenant,
            id,
            "webhook.deleted",
            isVersioned: true,
            async (write, row) =>
            {
                await write.Db.Deliveries.Where(d => d.Lane == row.Lane).ExecuteDeleteAsync();
                write.Db.Webhooks.Remove(row);
                return new(row, new { });
            }
        );

    /// <summary>A new secret, shown in the answer and never again. The one before it signs as well for so long as <paramref name="overlap"/>.</summary>
    public Task<WriteOutcome> RotateAsync(WriteRequest request, string tenant, string id, TimeSpan overlap) =>
        WriteAsync(
            request,
            tenant,
            id,
            "webhook.secret_rotated",
            isVersioned: false,
            (write, row) =>
            {
                var (secret, wrapped) = secrets.Create(tenant, id);
                (row.WrappedPrevious, row.PreviousUntil) =
                    overlap > TimeSpan.Zero ? (row.WrappedSecret, write.Now + overlap) : ((byte[]?)null, (DateTimeOffset?)null);
                row.WrappedSecret = wrapped;
                return Task.FromResult(new Written(row, new { row.PreviousUntil }, new { secret, row.PreviousUntil }));
            }
        );

    /// <summary>Has a message of kind <c>webhook.test</c> sent, also where it is switched off.</summary>
    public Task<WriteOutcome> TestAsync(WriteRequest request, string tenant, string id) =>
        WriteAsync(
            request,
            tenant,
            id,
            "webhook.tested",
            isVersioned: false,
            (write, row) =>
            {
                var delivery = row.DeliveryOf("webhook.test", new() { ["test"] = true }, write.Now, write.Now);
                write.Db.Deliveries.Add(delivery);
                return Task.FromResult(Written.Sends(row, delivery.Message));
            }
        );

    /// <summary>Has a message that was settled sent once more, under the same id.</summary>
    public Task<WriteOutcome> RedeliverAsync(WriteRequest request, string tenant, string id, string message) =>
        WriteAsync(
            request,
            tenant,
            id,
            "webhook.redelivered",
            isVersioned: false,
            async (write, row) =>
            {
                var delivery =
                    await write.Db.Deliveries.SingleOrDefaultAsync(d => d.Lane == row.Lane && d.Message == message)
                    ?? throw new RefusedException(Weight.NotFound.Refusal!);
                if (delivery.NextAt is not null)
                {
                    throw Refused("delivery_waiting", "This delivery is still being tried.");
                }
                (delivery.State, delivery.Attempts, delivery.Since, delivery.NextAt, delivery.SettledAt) = (
                    DeliveryState.Waiting,
                    0,
                    write.Now,
                    write.Now,
                    null
                );
                return Written.Sends(row, message);
            }
        );

    private static RefusedException Refused(string code, string detail) => new(new(code, detail, StatusCodes.Status409Conflict));

    /// <summary>A write to a webhook that there is.</summary>
    private Task<WriteOutcome> WriteAsync(
        WriteRequest request,
        string tenant,
        string id,
        string kind,
        bool isVersioned,
        Func<WriteScope, WebhookRow, Task<Written>> act
    ) =>
        RecordAsync(
            request,
            tenant,
            id,
            kind,
            (write, row) =>
                row is null ? throw new RefusedException(Weight.NotFound.Refusal!)
                : isVersioned && request.ObjectionTo(row.Version) is { } stale ? throw new RefusedException(stale)
                : act(write, row)
        );

    private Task<WriteOutcome> RecordAsync(WriteRequest request, string tenant, string id, string kind, Func<WriteScope, WebhookRow?, Task<Written>> act) =>
        writes.RecordAsync(async write =>
        {
            await write.AloneAsync($"webhook/{tenant}");
            if (await Idempotency.FindAsync(write, request) is { } earlier)
            {
                return write.Abandon(earlier);
            }
            try
            {
                var row = await write.Db.Webhooks.SingleOrDefaultAsync(w => w.Tenant == tenant && w.Id == id);
                var written = await act(write, row);
                written.Row.Version++;
                write.Audit(kind, tenant, request.Caller.Key, written.Row.Target, new { written.Evidence, request.Reason });
                var done = new WriteOutcome.Done(write.Revision, Narrowed: false, written.Row.Version, written.Plain);
                Idempotency.Keep(write, request, done); // without what is shown once
                return written.ShownOnce is null ? done : done with { Details = written.ShownOnce };
            }
            catch (RefusedException refused)
            {
                return write.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
        });

    /// <param name="Evidence">What the log keeps.</param>
    /// <param name="ShownOnce">What this answer tells and no repeat of it: a secret.</param>
    /// <param name="Plain">What the answer tells, repeated or not.</param>
    private sealed record Written(WebhookRow Row, object Evidence, object? ShownOnce = null, object? Plain = null)
    {
        public static Written Sends(WebhookRow row, string message)
        {
            var delivery = new { delivery = message };
            return new(row, delivery, Plain: delivery);
        }
    }
}
