using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Mail by SMTP, one line a mail: in both languages, plain text, marked as sent by a machine.</summary>
internal sealed class MailSender(IOptions<SmtpOptions> options, IOptions<Hosting.PublicUrlOptions> origin, TimeProvider clock)
{
    private const int PermanentFrom = 500; // RFC 5321 §4.2.1: 5yz is for good, 4yz for now

    public async Task<Attempt> SendAsync(string message, string address, PersonText text, string link)
    {
        using var late = new CancellationTokenSource(options.Value.Timeout, clock);
        try
        {
            using var smtp = new SmtpClient { Timeout = (int)options.Value.Timeout.TotalMilliseconds, CheckCertificateRevocation = false }; // as all our lines out: a force's own authority often has no list
            await smtp.ConnectAsync(options.Value.Host!, options.Value.Port, options.Value.SocketOptions, late.Token);
            if (options.Value.User is { } user)
            {
                await smtp.AuthenticateAsync(user, await PasswordAsync(), late.Token);
            }
            await smtp.SendAsync(MailOf(message, address, text, link), late.Token);
            await TakeLeaveAsync(smtp, late.Token);
            return new Attempt.Arrived();
        }
        catch (Exception fault) when (AttemptOf(fault) is { } attempt)
        {
            return attempt;
        }
    }

    private MimeMessage MailOf(string message, string address, PersonText text, string link)
    {
        var mail = new MimeMessage
        {
            Subject = $"{text.En} / {text.Cy}",
            Date = clock.GetUtcNow(),
            MessageId = $"{message}@{new Uri(origin.Value.Origin).Host}",
        };
        mail.From.Add(new MailboxAddress("Entitlements", options.Value.From!));
        mail.To.Add(new MailboxAddress("", address));
        mail.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: nobody's holiday notice answers it
        mail.Body = new TextPart("plain") { Text = $"{text.En}\r\n\r\n{text.Cy}\r\n\r\n{link}\r\n" };
        return mail;
    }

    /// <summary>The mail was taken; how the line ends does not matter any more.</summary>
    private static async Task TakeLeaveAsync(SmtpClient smtp, CancellationToken late)
    {
        try
        {
            await smtp.DisconnectAsync(quit: true, late);
        }
        catch (Exception fault) when (AttemptOf(fault) is not null) { }
    }

    /// <summary>Only a recipient refused for good is a failure for good: a password or a sender that is wrong is put right, and the mail goes.</summary>
    private static Attempt? AttemptOf(Exception fault) =>
        fault switch
        {
            SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted, StatusCode: var code }
                when (int)code >= PermanentFrom => new Attempt.Refused("smtp_refused"),
            SmtpCommandException => new Attempt.Later("smtp_later"),
            AuthenticationException => new Attempt.Later("smtp_password"),
            SslHandshakeException => new Attempt.Later("tls_failed"),
            OperationCanceledException or TimeoutException => new Attempt.Later("timeout"),
            SocketException or IOException or ProtocolException or ServiceNotConnectedException or NotSupportedException or UnauthorizedAccessException =>
                new Attempt.Later("smtp_unreachable"),
            _ => null,
        };

    private async Task<string> PasswordAsync() => (await File.ReadAllTextAsync(options.Value.PasswordFile!)).Trim();
}
