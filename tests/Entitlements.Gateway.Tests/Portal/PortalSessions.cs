using System.Security.Claims;
using System.Text.Json;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.SignIn;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>Sessions as the sign-in makes them, without its way: for tests of what comes after it.</summary>
internal static class PortalSessions
{
    /// <summary>What lets the people of the test's own provider have sessions.</summary>
    public static (string Key, string Value) Settings { get; } = ("Identity:Providers:0:Portal:ClientId", "portal");

    /// <summary>A browser in which this person has just signed in.</summary>
    /// <param name="ago">How long ago.</param>
    public static async Task<PlainBrowser> OnPortalAsync(this TestGateway gateway, string person, TimeSpan ago = default)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        var provider = scope.ServiceProvider.GetRequiredService<TrustedProviders>().All.First();
        var now = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();
        var at = (now - ago).ToUnixTimeSeconds();
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                iss = provider.Issuer,
                sub = person,
                iat = at,
                auth_time = at,
                acr = TestIssuer.StrongAcr,
            }
        );
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        await context.SignInAsync(SessionCookie.Scheme, new ClaimsPrincipal(new ClaimsIdentity(SessionCookie.Scheme)), SignedIn.Keep(content, provider, now));
        var cookie = context.Response.Headers.SetCookie.ToString().Split(';')[0].Split('=', 2);
        var browser = new PlainBrowser(gateway.Url);
        browser.Cookies.Add(gateway.Url, new System.Net.Cookie(cookie[0], cookie[1]));
        return browser;
    }
}
