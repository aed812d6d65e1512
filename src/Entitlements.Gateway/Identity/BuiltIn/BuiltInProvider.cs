using System.Security.Cryptography;
using Entitlements.Gateway.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Says that the built-in provider runs in this host.</summary>
internal sealed class BuiltInProviderMarker;

/// <summary>
/// The OpenID provider for Development (OpenIddict): its keys and its database live in memory and die with the process,
/// it signs in whoever it is told to, and it answers on loopback only.
/// </summary>
internal static class BuiltInProvider
{
    public const string Scheme = "built-in";
    public const string Audience = "entitlements";

    /// <summary>What it calls every sign-in: strong enough for a demonstration, although it asks for no password.</summary>
    public const string Acr = "urn:entitlements:acr:demonstration";

    /// <summary>Cookie scheme that carries a person from the sign-in page to the authorization endpoint, once.</summary>
    public const string SignInScheme = "built-in-sign-in";

    public static void AddBuiltInProvider(this WebApplicationBuilder builder)
    {
        builder.Logging.AddFilter("OpenIddict", LogLevel.Warning); // it tells every request whole, people's ids included
        var services = builder.Services;
        services.AddSingleton<BuiltInProviderMarker>().AddSingleton<MemoryDatabase>();
        services.AddDbContext<BuiltInProviderDb>(
            (provider, options) => options.UseSqlite(provider.GetRequiredService<MemoryDatabase>().ConnectionString).UseOpenIddict()
        );
        services.AddHostedService<LoopbackGuard>().AddHostedService<DemonstrationClientSeed>();
        services.AddAntiforgery();
        services.AddAuthentication().AddCookie(SignInScheme, SignInPage.ConfigureCookie);
        services.AddOpenIddict().AddCore(core => core.UseEntityFrameworkCore().UseDbContext<BuiltInProviderDb>()).AddServer(ConfigureServer);
        services
            .AddOptions<OpenIddictServerOptions>()
            .Configure<IOptions<PublicUrlOptions>>((server, publicUrl) => server.Issuer = new Uri(publicUrl.Value.Origin));
    }

    public static void MapBuiltInProvider(this IEndpointRouteBuilder routes)
    {
        TokenEndpoint.Map(routes);
        AuthorizationEndpoint.Map(routes);
        SignInPage.Map(routes);
    }

    /// <summary>The provider's own signing keys, handed to the scheme that checks its tokens.</summary>
    public static OpenIdConnectConfiguration KeysFrom(IServiceProvider services, string issuer)
    {
        var configuration = new OpenIdConnectConfiguration { Issuer = issuer };
        foreach (var credentials in services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials)
        {
            configuration.SigningKeys.Add(credentials.Key);
        }

        return configuration;
    }

    private static void ConfigureServer(OpenIddictServerBuilder server)
    {
        server
            .SetTokenEndpointUris("/connect/token")
            .SetAuthorizationEndpointUris("/connect/authorize")
            .SetJsonWebKeySetEndpointUris("/connect/jwks") // /.well-known/jwks.json holds the entitlement keys
            .SetConfigurationEndpointUris("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server");
        server.AllowClientCredentialsFlow().AllowTokenExchangeFlow().AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        server.RegisterScopes([.. Scopes.All]);
        server
            .AddEphemeralSigningKey(SecurityAlgorithms.EcdsaSha256)
            .AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)))
            .DisableAccessTokenEncryption();
        server.Configure(options =>
        {
            options.CodeChallengeMethods.Clear();
            options.CodeChallengeMethods.Add(OpenIddictConstants.CodeChallengeMethods.Sha256); // "plain" proves nothing
            options.SubjectTokenTypes.Clear();
            options.SubjectTokenTypes.Add(DemonstrationClients.PersonTokenType);
        });
        server.AddEventHandler(PersonSubjectToken.Descriptor);
        server.AddEventHandler(ExactIssuer.InTokens).AddEventHandler(ExactIssuer.InMetadata).AddEventHandler(SupportedAcr.InMetadata);
        server.UseAspNetCore().EnableTokenEndpointPassthrough().EnableAuthorizationEndpointPassthrough().DisableTransportSecurityRequirement(); // loopback only
    }
}

/// <summary>The provider's own database: in memory, shared by name, alive while one connection is open.</summary>
internal sealed class MemoryDatabase : IDisposable
{
    private readonly SqliteConnection _keeper;

    public MemoryDatabase()
    {
        _keeper = new SqliteConnection(ConnectionString);
        _keeper.Open();
    }

    public string ConnectionString { get; } =
        new SqliteConnectionStringBuilder
        {
            DataSource = $"built-in-provider-{Guid.NewGuid():N}",
            Mode = SqliteOpenMode.Memory,
            Cache = SqliteCacheMode.Shared,
        }.ToString();

    public void Dispose() => _keeper.Dispose();
}

internal sealed class BuiltInProviderDb(DbContextOptions<BuiltInProviderDb> options) : DbContext(options);
