using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Section <c>Identity</c>: whose tokens are believed.</summary>
internal sealed class IdentityOptions
{
    public const string Section = "Identity";

    public IList<ProviderOptions> Providers { get; set; } = [];

    /// <summary>Metadata and keys by https only. <c>false</c> is accepted only for loopback authorities. Default <c>true</c>.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;
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
    }
}
