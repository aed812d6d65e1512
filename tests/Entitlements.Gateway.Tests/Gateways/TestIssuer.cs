using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>A real OpenID provider as far as a resource server can see: discovery and keys over HTTP, RFC 9068 tokens signed with ES256.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    private readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test-1" };
    private readonly WebApplication _app;

    private TestIssuer(WebApplication app) => _app = app;

    public string Authority => _app.Urls.First();

    /// <summary>By which its tokens are dated.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Of the tokens issued from now on.</summary>
    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(1);

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TestIssuer(app);
        app.MapGet(
            "/.well-known/openid-configuration",
            () =>
                Results.Json(
                    new
                    {
                        issuer = issuer.Authority,
                        jwks_uri = $"{issuer.Authority}/jwks",
                        authorization_endpoint = $"{issuer.Authority}/authorize",
                        token_endpoint = $"{issuer.Authority}/token",
                        response_types_supported = new[] { "code" },
                        subject_types_supported = new[] { "public" },
                        id_token_signing_alg_values_supported = new[] { "ES256" },
                    }
                )
        );
        app.MapGet("/jwks", () => Results.Json(new { keys = new[] { issuer.PublicJwk() } }));
        app.MapPost("/token", (HttpRequest request) => Results.Json(new { access_token = issuer.OwnToken(request), expires_in = 60 }));
        await app.StartAsync();
        return issuer;
    }

    /// <summary>What it calls a strong sign-in.</summary>
    public const string StrongAcr = "urn:test:strong";

    /// <summary>A person's access token, from a strong sign-in at the moment it was issued.</summary>
    public string PersonToken(string subject, TimeSpan? age = null) =>
        PersonToken(subject, new() { ["auth_time"] = (Clock.GetUtcNow() - (age ?? TimeSpan.Zero)).ToUnixTimeSeconds(), ["acr"] = StrongAcr }, age);

    /// <summary>A person's access token that says this of the sign-in.</summary>
    public string PersonToken(string subject, Dictionary<string, object> signIn, TimeSpan? age = null) => Token(subject, "portal", "openid", age, signIn);

    /// <summary>A client's own access token.</summary>
    public string ClientToken(string clientId, params string[] scopes) => Token(clientId, clientId, string.Join(' ', scopes), null);

    /// <summary>Client credentials: whoever names themself by Basic gets what they ask for.</summary>
    private string OwnToken(HttpRequest request)
    {
        var basic = System.Net.Http.Headers.AuthenticationHeaderValue.Parse(request.Headers.Authorization.ToString()).Parameter!;
        var client = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':')[0];
        return ClientToken(Uri.UnescapeDataString(client), request.Form["scope"].ToString());
    }

    private string Token(string subject, string clientId, string scope, TimeSpan? age, Dictionary<string, object>? more = null)
    {
        var issued = Clock.GetUtcNow() - (age ?? TimeSpan.Zero);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = Authority,
                Audience = "entitlements",
                TokenType = "at+jwt",
                IssuedAt = issued.UtcDateTime,
                NotBefore = issued.UtcDateTime,
                Expires = issued.UtcDateTime + TokenLife,
                Claims = new Dictionary<string, object>(more ?? [])
                {
                    ["sub"] = subject,
                    ["client_id"] = clientId,
                    ["scope"] = scope,
                    ["jti"] = Guid.NewGuid().ToString("N"),
                },
                SigningCredentials = new(_key, SecurityAlgorithms.EcdsaSha256),
            }
        );
    }

    private object PublicJwk()
    {
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(_key);
        return new
        {
            kty = "EC",
            crv = "P-256",
            x = jwk.X,
            y = jwk.Y,
            kid = "test-1",
            alg = "ES256",
            use = "sig",
        };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
