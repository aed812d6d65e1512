using System.Buffers.Text;
using System.Security.Claims;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Identity.BuiltIn;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>One OpenID Connect scheme per provider that has a client for the portal: authorization code, PKCE, nonce; the stock handler, with what it would let through closed.</summary>
internal sealed class PortalOpenId(TrustedProviders providers, IOptions<PublicUrlOptions> url, TimeProvider clock)
    : IConfigureNamedOptions<OpenIdConnectOptions>
{
    /// <summary>In the properties of a challenge: who has to sign in, where that is settled.</summary>
    public const string Expected = "expected";

    /// <summary>In the properties of a challenge: what the sign-in has to be.</summary>
    public const string AcrValues = "acr_values";

    public static string SchemeOf(string provider) => $"portal-{provider}";

    public void Configure(OpenIdConnectOptions options) { }

    public void Configure(string? name, OpenIdConnectOptions options)
    {
        if (providers.All.FirstOrDefault(p => SchemeOf(p.Scheme) == name) is not { Portal: { } client } provider)
        {
            return;
        }
        options.Authority = provider.Issuer;
        options.RequireHttpsMetadata = provider.RequireHttps;
        options.ClientId = client.ClientId;
        options.ClientSecret = client.Secret;
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query; // so that cookies need not be sent across sites
        options.Scope.Clear();
        foreach (var scope in client.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            options.Scope.Add(scope);
        }
        options.CallbackPath = provider.Scheme == BuiltInProvider.Scheme ? SignInPaths.Callback : $"{SignInPaths.Callback}/{provider.Scheme}";
        options.RemoteSignOutPath = default;
        options.SignInScheme = SessionCookie.Scheme;
        options.SignedOutRedirectUri = "/signed-out";
        options.DisableTelemetry = true;
        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.GetClaimsFromUserInfoEndpoint = false;
        options.BackchannelTimeout = TimeSpan.FromSeconds(10);
        options.TokenHandler = new JsonWebTokenHandler { MapInboundClaims = false, MaximumTokenSizeInBytes = CompactJws.Limit };
        options.TokenValidationParameters = TokenRules.ParametersForIdToken(provider, client.ClientId, clock);
        foreach (var cookie in new[] { options.NonceCookie, options.CorrelationCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = url.Value.Origin.StartsWith("https:", StringComparison.Ordinal) ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
        }
        options.Events = new()
        {
            OnRedirectToIdentityProvider = context =>
            {
                context.ProtocolMessage.AcrValues = context.Properties.GetString(AcrValues);
                context.ProtocolMessage.UiLocales = Language.Of(context.HttpContext).Tag;
                return Task.CompletedTask;
            },
            OnTokenValidated = context => Keep(context, provider),
            OnRemoteFailure = context =>
            {
                context.HandleResponse();
                context.Response.Redirect($"{SignInPaths.SignIn}?failed=true"); // whatever went wrong: the provider's words are not ours
                return Task.CompletedTask;
            },
        };
    }

    private Task Keep(TokenValidatedContext context, TrustedProvider provider)
    {
        var asked = context.Properties;
        var expected = asked?.GetString(Expected);
        if (
            SignedIn.Keep(Base64Url.DecodeFromChars(context.SecurityToken.RawPayload), provider, clock.GetUtcNow()) is not { } session
            || (expected is not null && expected != SignedIn.PersonOf(session))
        )
        {
            context.Fail("The ID token names nobody, or somebody else than who was to sign in again.");
            return Task.CompletedTask;
        }
        session.RedirectUri = asked?.RedirectUri;
        context.Properties = session; // nothing of the challenge goes on into the session
        context.Principal = new(new ClaimsIdentity(SessionCookie.Scheme));
        return Task.CompletedTask;
    }
}

/// <summary>The portal as a client of a provider.</summary>
/// <param name="Secret">Null: a public client, which PKCE alone protects.</param>
/// <param name="Scope">Words between spaces.</param>
/// <param name="Name">What people call the provider, where they have to choose.</param>
internal sealed record PortalClient(string ClientId, string? Secret, string Scope, string Name);
