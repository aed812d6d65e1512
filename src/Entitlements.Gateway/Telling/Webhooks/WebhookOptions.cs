using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>Settings <c>Webhooks:*</c>.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Networks in CIDR notation that webhooks may reach although they are not public, also without TLS. Default none.</summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>How long a receiver may take to answer. 1 s to 60 s; default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After so long without one success a webhook is switched off, and a delivery given up. 1 h to 30 d; default 5 d.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromDays(5);
}

/// <summary>CIDRs cannot be checked by an annotation.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options) =>
        options.AllowedNetworks.All(cidr => IPNetwork.TryParse(cidr, out _))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Webhooks:AllowedNetworks: every entry must be a network in CIDR notation, for instance 10.20.0.0/16.");
}
