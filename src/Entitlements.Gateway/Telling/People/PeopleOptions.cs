using System.ComponentModel.DataAnnotations;
using Entitlements.Gateway.Assignments;
using MailKit.Security;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Settings <c>Telling:*</c>.</summary>
internal sealed class TellingOptions
{
    public const string Section = "Telling";

    /// <summary>Hour of the day in London at which people are told in one message what waits for them and is not urgent. 0 to 23; default 8.</summary>
    [Range(0, 23)]
    public int DigestHour { get; set; } = 8;
}

/// <summary>How the line to the mail server is protected.</summary>
internal enum SmtpSecurity
{
    /// <summary>Upgraded before anything is said (RFC 3207); a server that does not offer it is refused.</summary>
    StartTls,

    /// <summary>TLS from the first byte (RFC 8314).</summary>
    Tls,

    /// <summary>In the clear: never with a password.</summary>
    None,
}

/// <summary>Settings <c>Smtp:*</c>: the server that takes our mail.</summary>
internal sealed class SmtpOptions : IValidatableObject
{
    public const string Section = "Smtp";

    /// <summary>Without it no mail is sent by SMTP.</summary>
    public string? Host { get; set; }

    /// <summary>Default 587.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 587;
    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;
    public string? User { get; set; }

    /// <summary>File that holds the user's password.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Address that mail comes from.</summary>
    public string? From { get; set; }

    /// <summary>How long one mail may take. 1 s to 2 min; default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    public bool IsUsed => !string.IsNullOrWhiteSpace(Host);

    public SecureSocketOptions SocketOptions =>
        Security switch
        {
            SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.None => SecureSocketOptions.None,
        };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsUsed && !Contact.IsMail(From))
        {
            yield return new("Smtp:From: is required with Smtp:Host: the address that mail comes from.");
        }
        if (IsUsed && (User is null) != (PasswordFile is null))
        {
            yield return new("Smtp:PasswordFile: goes with Smtp:User, and not without.");
        }
        if (PasswordFile is not null && !File.Exists(PasswordFile))
        {
            yield return new("Smtp:PasswordFile: the file is not there.");
        }
        if (Security == SmtpSecurity.None && User is not null)
        {
            yield return new("Smtp:Security: None would send the password in the clear; use StartTls or Tls.");
        }
    }
}

/// <summary>Settings <c>Notify:*</c>: GOV.UK Notify, or a server that speaks like it.</summary>
internal sealed class NotifyOptions : IValidatableObject
{
    public const string Section = "Notify";

    public string BaseUrl { get; set; } = "https://api.notifications.service.gov.uk";

    /// <summary>File that holds the service's API key. Without it Notify is not used.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Id of the text message template; it has the fields <c>en</c>, <c>cy</c> and <c>link</c>. Without it no text messages are sent.</summary>
    public string? SmsTemplate { get; set; }

    /// <summary>Id of the mail template, with the same fields; used where no SMTP server is set.</summary>
    public string? EmailTemplate { get; set; }

    /// <summary>How long one call may take. 1 s to 60 s; default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    public bool IsUsed => !string.IsNullOrWhiteSpace(ApiKeyFile);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        )
        {
            yield return new("Notify:BaseUrl: must be an https address (http on loopback only).");
        }
        if (IsUsed && !IsKey(ApiKeyFile!))
        {
            yield return new("Notify:ApiKeyFile: must be a file that holds one GOV.UK Notify API key (name-service id-secret).");
        }
        foreach (var (name, id) in new[] { ("SmsTemplate", SmsTemplate), ("EmailTemplate", EmailTemplate) })
        {
            if (id is not null && !Guid.TryParseExact(id, "D", out _))
            {
                yield return new($"Notify:{name}: must be the id of a template (a UUID).");
            }
            if (id is not null && !IsUsed)
            {
                yield return new($"Notify:{name}: needs Notify:ApiKeyFile.");
            }
        }
    }

    /// <summary>The key ends in two UUIDs: the service's id and the secret.</summary>
    private static bool IsKey(string file)
    {
        try
        {
            var key = File.ReadAllText(file).Trim();
            return key.Length >= 74
                && !key.Contains(' ', StringComparison.Ordinal)
                && Guid.TryParseExact(key[^36..], "D", out _)
                && Guid.TryParseExact(key[^73..^37], "D", out _);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
