using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Telling.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling;

/// <summary>One attempt by the delivery's channel, with what the channel needs to know, read at that moment.</summary>
internal sealed class Senders(EntitlementsDb db, WebhookSender webhooks, PersonSender people)
{
    public async Task<Attempt> SendAsync(DeliveryRow delivery) =>
        delivery.Channel switch
        {
            Channel.Webhook => await webhooks.SendAsync(
                delivery,
                await db.Webhooks.AsNoTracking().SingleOrDefaultAsync(w => w.Tenant == delivery.Tenant && w.Id == delivery.Webhook)
            ),
            Channel.Mail or Channel.Sms => await people.SendAsync(
                delivery,
                await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == delivery.SubjectKey)
            ),
        };
}
