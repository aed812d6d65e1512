using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Forms;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>The cookie that holds a session's key.</summary>
internal sealed class SessionCookie(
    SessionStore sessions,
    TrustedProviders providers,
    KeptForm kept,
    IOptions<PortalOptions> portal,
    IOptions<PublicUrlOptions> url,
    TimeProvider clock
) : IConfigureNamedOptions<CookieAuthenticationOptions>
{
    public const string Scheme = "portal";

    /// <summary>Bytes of a form that is read to be kept: none with a file.</summary>
    private const long LongestKept = 256 * 1024;

    public void Configure(CookieAuthenticationOptions options) { }

    public void Configure(string? name, CookieAuthenticationOptions options)
    {
        if (name != Scheme)
        {
            return;
        }
        var isSecure = url.Value.Origin.StartsWith("https:", StringComparison.Ordinal);
        options.Cookie.Name = isSecure ? "__Host-entitlements" : "entitlements"; // the prefix wants https
        options.Cookie.SecurePolicy = isSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
        options.Cookie.SameSite = SameSiteMode.Lax; // who comes by a link from a message is signed in
        options.Cookie.HttpOnly = true;
        options.SessionStore = sessions;
        options.ExpireTimeSpan = portal.Value.Idle;
        options.SlidingExpiration = true;
        options.LoginPath = SignInPaths.SignIn;
        options.ReturnUrlParameter = SignInPaths.ReturnTo;
        options.Events = new()
        {
            OnValidatePrincipal = ReadAnew,
            OnRedirectToLogin = GoAsync,
            OnCheckSlidingExpiration = context =>
            {
                context.ShouldRenew &= !IsByScript(context.Request); // a page that looks again by itself keeps no session alive
                return Task.CompletedTask;
            },
        };
    }

    private async Task GoAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        var (request, response) = (context.Request, context.Response);
        if (IsByScript(request))
        {
            response.StatusCode = StatusCodes.Status401Unauthorized; // a script asks: it cannot follow to a sign-in
            return;
        }
        if (
            request is { HasFormContentType: true, ContentLength: <= LongestKept }
            && context.HttpContext.Features.Get<LapsedSession>() is { Person: var person }
        )
        {
            kept.Keep(context.HttpContext, person, Form.Of(await request.ReadFormAsync()));
        }
        response.Redirect(context.RedirectUri);
    }

    private static bool IsByScript(HttpRequest request) => request.Headers["Sec-Fetch-Dest"] == "empty";

    private Task ReadAnew(CookieValidatePrincipalContext context)
    {
        if (clock.GetUtcNow() - SignedIn.BeganAt(context.Properties) < portal.Value.Longest && SignedIn.Read(context.Properties, providers) is { } token)
        {
            context.ReplacePrincipal(token.ToPrincipal());
        }
        else
        {
            context.RejectPrincipal();
        }
        return Task.CompletedTask;
    }
}

internal static class SignInPaths
{
    public const string SignIn = "/sign-in";
    public const string SignOut = "/sign-out";
    public const string ReturnTo = "to";

    /// <summary>Where providers send people back to; the settings' are told apart by their scheme.</summary>
    public const string Callback = "/signin-oidc";
}
