using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>A provider as the token checks see it.</summary>
/// <param name="Scheme">Name of its authentication scheme.</param>
/// <param name="RequireHttps">Whether its metadata and keys may only come by https.</param>
/// <param name="Tenants">Tenants whose people and clients it may name; empty means none.</param>
/// <param name="StepUp">How its people prove a recent strong sign-in.</param>
internal sealed record TrustedProvider(
    string Scheme,
    string Issuer,
    string Audience,
    string SubjectClaim,
    Dialect Dialect,
    bool RequireHttps,
    IReadOnlyList<string> Tenants,
    StepUpRule StepUp
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
                    new([.. provider.StepUp.AcrValues], [.. provider.StepUp.AmrValues], options.StepUp.MaxAge, provider.StepUp.Unproven == Unproven.Allowed)
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
                    new([BuiltInProvider.Acr], [], options.StepUp.MaxAge, AdmitsUnproven: false)
                )
            );
        }
    }

    public IReadOnlyCollection<TrustedProvider> All => _byIssuer.Values;

    /// <summary>The provider of exactly this issuer, or none.</summary>
    public TrustedProvider? ByIssuer(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    public TrustedProvider? ByScheme(string? scheme) => _byIssuer.Values.FirstOrDefault(provider => provider.Scheme == scheme);

    /// <summary>Name of the scheme of the provider at this place in the settings.</summary>
    public static string SchemeOf(int index) => $"provider-{index}";
}
