using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Telling.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling;

/// <summary>Keeps what became of an attempt, and does what follows from it, in one transaction: the next try, a webhook switched off, an urgent message passed on.</summary>
internal sealed class Settlement(Writes writes, IOptions<WebhookOptions> webhooks, Escalation escalation)
{
    private static readonly Caller.Machine Machine = new();

    /// <summary>For a message to a person: so long a dead server is given to come back.</summary>
    private static readonly TimeSpan PersonPatience = TimeSpan.FromDays(3);

    /// <returns>The state it is in now; null where the claim was lost meanwhile, and another has the say.</returns>
    public Task<DeliveryState?> SettleAsync(DeliveryRow claimed, Attempt attempt) =>
        writes.RecordAsync<DeliveryState?>(async write =>
        {
            if (claimed.Channel == Channel.Webhook)
            {
                await write.AloneAsync(claimed.Lane); // of several that find it failed one switches it off
            }
            var delivery = await write.Db.Deliveries.SingleOrDefaultAsync(d => d.Id == claimed.Id && d.Claim == claimed.Claim);
            if (delivery is null)
            {
                return write.Abandon<DeliveryState?>(null);
            }
            Note(delivery, attempt, write.Now);
            if (delivery.Channel == Channel.Webhook)
            {
                await FollowAsync(write, delivery, attempt);
            }
            else if (attempt is Attempt.Later or Attempt.Refused or Attempt.Gone)
            {
                await escalation.FollowAsync(write, delivery);
            }
            return delivery.State;
        });

    private void Note(DeliveryRow delivery, Attempt attempt, DateTimeOffset now)
    {
        switch (attempt)
        {
            case Attempt.Arrived:
                delivery.Settle(DeliveryState.Delivered, attempt.Result, now);
                break;
            case Attempt.Accepted accepted:
                (delivery.State, delivery.Receipt) = (DeliveryState.Accepted, accepted.Receipt);
                TryLater(delivery, attempt, now, asked: null);
                break;
            case Attempt.Later later:
                TryLater(delivery, attempt, now, later.Asked);
                break;
            case Attempt.Refused or Attempt.Gone:
                delivery.Settle(DeliveryState.Failed, attempt.Result, now);
                break;
        }
    }

    private void TryLater(DeliveryRow delivery, Attempt attempt, DateTimeOffset now, TimeSpan? asked)
    {
        if (now - delivery.Since >= (delivery.Channel == Channel.Webhook ? webhooks.Value.DisableAfter : PersonPatience))
        {
            delivery.Settle(DeliveryState.Failed, attempt.Result, now);
            return;
        }
        (delivery.LastResult, delivery.NextAt, delivery.Claim) = (attempt.Result, now + Backoff.After(delivery.Attempts, asked), null);
    }

    private async Task FollowAsync(WriteScope write, DeliveryRow delivery, Attempt attempt)
    {
        var webhook = await write.Db.Webhooks.SingleOrDefaultAsync(w => w.Tenant == delivery.Tenant && w.Id == delivery.Webhook);
        if (webhook is null)
        {
            return;
        }
        if (attempt is Attempt.Arrived)
        {
            webhook.FailingSince = null;
            return;
        }
        webhook.FailingSince ??= write.Now;
        if (!webhook.Enabled)
        {
            delivery.Settle(DeliveryState.Failed, attempt.Result, write.Now); // a test of what is switched off is one attempt
        }
        else if (attempt is Attempt.Gone || write.Now - webhook.FailingSince >= webhooks.Value.DisableAfter)
        {
            await DisableAsync(write, webhook, attempt is Attempt.Gone ? "gone" : "failing");
        }
    }

    private static async Task DisableAsync(WriteScope write, WebhookRow webhook, string because)
    {
        (webhook.Enabled, webhook.DisabledBecause) = (false, because);
        webhook.Version++;
        write.Audit("webhook.disabled", webhook.Tenant, Machine.Key, webhook.Target, new { because });
        write.Tell("webhook.disabled", webhook.Tenant, new { webhook = webhook.Id, because });
        await write.Db.SaveChangesAsync();
        await EndWaitingAsync(write, webhook);
    }

    /// <summary>What waits for a webhook that was switched off has failed; it can be sent again. What is being attempted settles by itself.</summary>
    internal static Task<int> EndWaitingAsync(WriteScope write, WebhookRow webhook) =>
        write
            .Db.Deliveries.Where(d => d.Lane == webhook.Lane && d.NextAt != null && d.Claim == null)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(d => d.State, DeliveryState.Failed)
                    .SetProperty(d => d.LastResult, "webhook_disabled")
                    .SetProperty(d => d.NextAt, (DateTimeOffset?)null)
                    .SetProperty(d => d.SettledAt, write.Now)
            );
}
