using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Sends one message to one person, at the address they have at that moment.</summary>
internal sealed class PersonSender(MailSender mail, NotifySender notify, Channels channels, IOptions<SmtpOptions> smtp, IOptions<PublicUrlOptions> origin)
{
    public Task<Attempt> SendAsync(DeliveryRow delivery, SubjectRow? person)
    {
        if (delivery.Receipt is { } receipt)
        {
            return notify.AskAsync(receipt);
        }
        if (!channels.Of(person).Contains(delivery.Channel))
        {
            return Task.FromResult<Attempt>(new Attempt.Refused("not_reachable"));
        }
        var text = PersonText.Of(delivery.Kind);
        var link = origin.Value.At(text.Path);
        return delivery.Channel switch
        {
            Channel.Sms => notify.SendSmsAsync(delivery.Message, person!.Mobile!, text, link),
            _ when smtp.Value.IsUsed => mail.SendAsync(delivery.Message, person!.Email!, text, link),
            _ => notify.SendMailAsync(delivery.Message, person!.Email!, text, link),
        };
    }
}
