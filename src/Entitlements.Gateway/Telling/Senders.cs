using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Telling.Webhooks;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling;

/// <summary>One attempt by the delivery's channel, with what the channel needs to know, read at that moment. The one door out: nothing of an exercise passes it.</summary>
internal sealed class Senders(EntitlementsDb db, WebhookSender webhooks, PersonSender people)
{
    public async Task<Attempt> SendAsync(DeliveryRow delivery) =>
        (await db.ExercisesAmongAsync([delivery.Tenant])).Count > 0 ? new Attempt.Refused("exercise") : await InEarnestAsync(delivery);

    private async Task<Attempt> InEarnestAsync(DeliveryRow delivery) =>
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
