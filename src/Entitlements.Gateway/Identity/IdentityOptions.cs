using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Section <c>Identity</c>: whose tokens are believed.</summary>
internal sealed class IdentityOptions
{
    public const string Section = "Identity";

    public IList<ProviderOptions> Providers { get; set; } = [];

    /// <summary>Metadata and keys by https only. <c>false</c> is accepted only for loopback authorities. Default <c>true</c>.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    public StepUpOptions StepUp { get; set; } = new();
}

/// <summary>What a recent strong sign-in is, for all providers.</summary>
internal sealed class StepUpOptions
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>How long a sign-in counts as recent, in whole seconds. 1 min to 1 h; default 5 min: enough to read and decide, too short for whoever finds an open screen.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>One trusted OpenID provider; each force has its own.</summary>
internal sealed class ProviderOptions
{
    /// <summary>Issuer URL, compared byte for byte with <c>iss</c> and with the <c>issuer</c> of its metadata. Required.</summary>
    public string Authority { get; set; } = "";

    /// <summary>What <c>aud</c> must contain. Default <c>entitlements</c>.</summary>
    public string Audience { get; set; } = "entitlements";

    /// <summary>The claim that names a person for good. Default <c>sub</c>, with entra <c>oid</c>, because there <c>sub</c> differs per application.</summary>
    public string? SubjectClaim { get; set; }

    /// <summary>Token dialect: <c>rfc9068</c> (default), <c>duende</c>, <c>entra</c>, <c>keycloak</c>.</summary>
    public string Profile { get; set; } = "rfc9068";

    /// <summary>Tenants whose people and clients it may name. Empty means none.</summary>
    public IList<string> Tenants { get; set; } = [];

    public ProviderStepUpOptions StepUp { get; set; } = new();

    public ProviderPortalOptions Portal { get; set; } = new();
}

/// <summary>The portal as a client of this provider: authorization code with PKCE, redirect to <c>/signin-oidc/provider-N</c> under <c>PublicUrl</c>.</summary>
internal sealed class ProviderPortalOptions
{
    /// <summary>Default none: the provider's people cannot sign in at the portal.</summary>
    public string? ClientId { get; set; }

    /// <summary>File that holds the client's secret. Default none: a public client.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>What is asked for, words between spaces. Default <c>openid</c>, which must be among them.</summary>
    public string Scope { get; set; } = "openid";

    /// <summary>What people call it, where several providers are offered. Default the authority's host.</summary>
    public string? Name { get; set; }
}

/// <summary>What this provider's tokens say of a strong sign-in. With neither list it cannot prove one.</summary>
internal sealed class ProviderStepUpOptions
{
    /// <summary>Values of <c>acr</c>, with entra of <c>acrs</c>, any of which is strong; sent as <c>acr_values</c> with the challenge. Default none.</summary>
    public IList<string> AcrValues { get; set; } = [];

    /// <summary>Values of <c>amr</c> (RFC 8176), any of which is strong. Where both lists are given, both must be met. Default none.</summary>
    public IList<string> AmrValues { get; set; } = [];

    /// <summary>What its people may do where it cannot prove one. Default <see cref="Unproven.Refused"/>; <see cref="Unproven.Allowed"/> is logged at every start and in every act.</summary>
    public Unproven Unproven { get; set; }
}

/// <summary>What becomes of an act that asks for a strong sign-in where the provider cannot prove one.</summary>
internal enum Unproven
{
    Refused,
    Allowed,
}

/// <summary>Every fault at once, before the first request.</summary>
internal sealed class IdentityOptionsValidator(IHostEnvironment environment) : IValidateOptions<IdentityOptions>
{
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        List<string> faults = [];
        if (options.Providers.Count == 0 && !environment.IsDevelopment())
        {
            faults.Add("Identity:Providers is empty: outside Development at least one OpenID provider must be configured");
        }

        if (
            options.StepUp.MaxAge < StepUpOptions.Shortest
            || options.StepUp.MaxAge > StepUpOptions.Longest
            || options.StepUp.MaxAge.Ticks % TimeSpan.TicksPerSecond != 0
        )
        {
            faults.Add("Identity:StepUp:MaxAge must be 1 minute to 1 hour, in whole seconds");
        }

        for (var i = 0; i < options.Providers.Count; i++)
        {
            var key = $"Identity:Providers:{i}";
            faults.AddRange(FaultsOf(options.Providers[i], options.RequireHttpsMetadata).Select(fault => $"{key}:{fault}"));
            if (options.Providers.Take(i).Any(other => other.Authority == options.Providers[i].Authority))
            {
                faults.Add($"{key}:Authority is configured twice: a token's issuer must lead to one provider");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FaultsOf(ProviderOptions provider, bool requireHttps)
    {
        if (
            !Uri.TryCreate(provider.Authority, UriKind.Absolute, out var url)
            || url.Query.Length > 0
            || url.Fragment.Length > 0
            || url.UserInfo.Length > 0
            || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
        )
        {
            yield return "Authority must be the provider's issuer URL, without query, fragment or user";
        }
        else if (url.Scheme != Uri.UriSchemeHttps && (requireHttps || !url.IsLoopback))
        {
            yield return "Authority must be https (http only with Identity:RequireHttpsMetadata=false and a loopback address)";
        }
        else if (!requireHttps && !url.IsLoopback)
        {
            yield return "Authority is not loopback, so Identity:RequireHttpsMetadata cannot be false";
        }

        if (string.IsNullOrWhiteSpace(provider.Audience))
        {
            yield return "Audience must not be empty";
        }

        if (provider.SubjectClaim is { } claim && string.IsNullOrWhiteSpace(claim))
        {
            yield return "SubjectClaim must not be empty";
        }

        if (!Dialect.ByName.ContainsKey(provider.Profile))
        {
            yield return $"Profile must be one of {string.Join(", ", Dialect.ByName.Keys.Order(StringComparer.Ordinal))}";
        }
        else if (provider.Profile == "entra" && url is not null && EntraDialect.IsForManyTenants(url))
        {
            yield return "Authority must name one Entra tenant, not common, organizations or consumers";
        }

        if (provider.Tenants.Any(string.IsNullOrWhiteSpace) || provider.Tenants.Distinct(StringComparer.Ordinal).Count() != provider.Tenants.Count)
        {
            yield return "Tenants must be distinct, non-empty ids";
        }

        if (!provider.Portal.Scope.Split(' ').Contains("openid", StringComparer.Ordinal))
        {
            yield return "Portal:Scope must hold openid";
        }

        if (provider.Portal.ClientSecretFile is { Length: > 0 } secret && !File.Exists(secret))
        {
            yield return "Portal:ClientSecretFile names no file that can be read";
        }

        foreach (var fault in FaultsOf(provider.StepUp))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> FaultsOf(ProviderStepUpOptions stepUp)
    {
        foreach (var (name, values) in new[] { ("AcrValues", stepUp.AcrValues), ("AmrValues", stepUp.AmrValues) })
        {
            if (!values.All(IsValue) || values.Distinct(StringComparer.Ordinal).Count() != values.Count)
            {
                yield return $"StepUp:{name} must be distinct values of 1 to 256 visible ASCII characters, without quote or backslash";
            }
        }

        if (!Enum.IsDefined(stepUp.Unproven))
        {
            yield return "StepUp:Unproven must be Refused or Allowed";
        }

        if (stepUp.Unproven == Unproven.Allowed && stepUp.AcrValues.Count + stepUp.AmrValues.Count > 0)
        {
            yield return "StepUp:Unproven is for a provider that cannot prove a strong sign-in, and StepUp:AcrValues or StepUp:AmrValues say how this one does";
        }
    }

    /// <summary>As it may stand between spaces in a quoted parameter of the challenge (RFC 9470 §3).</summary>
    private static bool IsValue(string value) => value.Length is > 0 and <= 256 && value.All(c => c is > ' ' and < '\x7f' and not ('"' or '\\'));
}
