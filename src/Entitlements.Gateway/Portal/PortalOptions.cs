using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Portal;

/// <summary>Section <c>Portal</c>: how long a session lasts.</summary>
internal sealed class PortalOptions
{
    public const string Section = "Portal";

    /// <summary>Without a request for so long it is over. 5 min to 8 h; default 30 min.</summary>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>After so long it is over in any case: a shift. <see cref="Idle"/> to 24 h; default 12 h.</summary>
    public TimeSpan Longest { get; set; } = TimeSpan.FromHours(12);
}

internal sealed class PortalOptionsValidator : IValidateOptions<PortalOptions>
{
    public ValidateOptionsResult Validate(string? name, PortalOptions options) =>
        options.Idle < TimeSpan.FromMinutes(5) || options.Idle > TimeSpan.FromHours(8) ? ValidateOptionsResult.Fail("Portal:Idle must be 5 minutes to 8 hours")
        : options.Longest < options.Idle || options.Longest > TimeSpan.FromHours(24)
            ? ValidateOptionsResult.Fail("Portal:Longest must be at least Portal:Idle and at most 24 hours")
        : ValidateOptionsResult.Success;
}
