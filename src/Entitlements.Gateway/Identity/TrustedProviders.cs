using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Entitlements.Gateway.Portal.SignIn;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>A provider as the token checks see it.</summary>
/// <param name="Scheme">Name of its authentication scheme.</param>
/// <param name="RequireHttps">Whether its metadata and keys may only come by https.</param>
/// <param name="Tenants">Tenants whose people and clients it may name; empty means none.</param>
/// <param name="StepUp">How its people prove a recent strong sign-in.</param>
/// <param name="Portal">As whose client its people sign in at the portal; null: they do not.</param>
internal sealed record TrustedProvider(
    string Scheme,
    string Issuer,
    string Audience,
    string SubjectClaim,
    Dialect Dialect,
    bool RequireHttps,
    IReadOnlyList<string> Tenants,
    StepUpRule StepUp,
    PortalClient? Portal
);

/// <summary>The providers whose tokens are believed: the configured ones, or else the built-in one (Development only).</summary>
internal sealed class TrustedProviders
{
    private readonly Dictionary<string, TrustedProvider> _byIssuer = new(StringComparer.Ordinal);

    public TrustedProviders(IOptions<IdentityOptions> identity, IOptions<PublicUrlOptions> publicUrl, IHostEnvironment environment)
    {
        var options = identity.Value;
        for (var i = 0; i < options.Providers.Count; i++)
        {
            var provider = options.Providers[i];
            var dialect = Dialect.ByName[provider.Profile];
            _byIssuer.Add(
                provider.Authority,
                new TrustedProvider(
                    SchemeOf(i),
                    provider.Authority,
                    provider.Audience,
                    provider.SubjectClaim ?? dialect.SubjectClaim,
                    dialect,
                    options.RequireHttpsMetadata,
                    [.. provider.Tenants],
                    new([.. provider.StepUp.AcrValues], [.. provider.StepUp.AmrValues], options.StepUp.MaxAge, provider.StepUp.Unproven == Unproven.Allowed),
                    PortalOf(provider)
                )
            );
        }

        if (_byIssuer.Count == 0 && environment.IsDevelopment())
        {
            var origin = publicUrl.Value.Origin;
            var dialect = Dialect.ByName["rfc9068"];
            _byIssuer.Add(
                origin,
                new TrustedProvider(
                    BuiltInProvider.Scheme,
                    origin,
                    BuiltInProvider.Audience,
                    dialect.SubjectClaim,
                    dialect,
                    RequireHttps: false,
                    DemonstrationClients.Tenants,
                    new([BuiltInProvider.Acr], [], options.StepUp.MaxAge, AdmitsUnproven: false),
                    new(DemonstrationClients.Portal, Secret: null, "openid", "the demonstration")
                )
            );
        }
    }

    public IReadOnlyCollection<TrustedProvider> All => _byIssuer.Values;

    /// <summary>The provider of exactly this issuer, or none.</summary>
    public TrustedProvider? ByIssuer(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    public TrustedProvider? ByScheme(string? scheme) => _byIssuer.Values.FirstOrDefault(provider => provider.Scheme == scheme);

    private static PortalClient? PortalOf(ProviderOptions provider) =>
        provider.Portal.ClientId is not { Length: > 0 } client
            ? null
            : new(
                client,
                provider.Portal.ClientSecretFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : null,
                provider.Portal.Scope,
                provider.Portal.Name is { Length: > 0 } name ? name : new Uri(provider.Authority).Host
            );

    /// <summary>Names of the schemes of the providers whose people sign in at the portal, before the settings are checked.</summary>
    public static IReadOnlyList<string> PortalSchemesIn(WebApplicationBuilder builder)
    {
        var configured = builder.Configuration.GetSection($"{IdentityOptions.Section}:{nameof(IdentityOptions.Providers)}").GetChildren().ToList();
        return configured.Count == 0 && builder.Environment.IsDevelopment()
            ? [BuiltInProvider.Scheme]
            : [.. configured.Index().Where(p => p.Item["Portal:ClientId"] is { Length: > 0 }).Select(p => SchemeOf(p.Index))];
    }

    /// <summary>Name of the scheme of the provider at this place in the settings.</summary>
    public static string SchemeOf(int index) => $"provider-{index}";
}
