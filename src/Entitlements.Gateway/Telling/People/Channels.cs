using Entitlements.Gateway.Assignments;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.People;

/// <summary>By which channels a person can be reached: what they have an address for and the operator set up, in the order they prefer.</summary>
internal sealed class Channels(IOptions<SmtpOptions> smtp, IOptions<NotifyOptions> notify)
{
    private bool HasMail => smtp.Value.IsUsed || notify.Value.EmailTemplate is not null;
    private bool HasSms => notify.Value.SmsTemplate is not null;

    public IReadOnlyList<Channel> Of(SubjectRow? person) =>
        person is not { Active: true, Suspended: false }
            ? []
            : [.. new[] { Channel.Mail, Channel.Sms }.Where(channel => Reaches(channel, person)).OrderByDescending(channel => channel == PreferenceOf(person))];

    private bool Reaches(Channel channel, SubjectRow person) =>
        channel switch
        {
            Channel.Mail => HasMail && person.Email is not null,
            Channel.Sms => HasSms && person.Mobile is not null,
            Channel.Webhook => false,
        };

    private static Channel PreferenceOf(SubjectRow person) =>
        person.TellBy switch
        {
            TellBy.Mail => Channel.Mail,
            TellBy.Sms => Channel.Sms,
        };
}
