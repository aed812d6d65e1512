using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Abstractions;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary><c>/connect/sign-in</c>: signs in any demonstration person by their id, and says so.</summary>
internal static class SignInPage
{
    private const string Path = "/connect/sign-in";
    private const string StylePath = "/connect/sign-in.css";

    /// <summary>Claim that names the one authorization a sign-in is for.</summary>
    private const string For = "for";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost(Path, SignInAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet(StylePath, () => Results.Text(Style, "text/css", Encoding.UTF8)).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Where to sign in to come back to this request.</summary>
    public static string UrlFor(HttpRequest request) => $"{Path}?returnUrl={Uri.EscapeDataString(ReturnUrlOf(request))}";

    /// <summary>True when the person signed in for this very request, and so after it was first made.</summary>
    public static bool IsFor(HttpRequest request, ClaimsPrincipal signedIn) => signedIn.FindFirstValue(For) == ReturnUrlOf(request);

    private static string ReturnUrlOf(HttpRequest request) => AuthorizationEndpoint.Path + request.QueryString;

    public static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "entitlements.demonstration-sign-in";
        options.Cookie.Path = "/connect";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = TimeSpan.FromMinutes(5);
        options.SlidingExpiration = false;
    }

    private static IResult Show(HttpContext http, IAntiforgery antiforgery, string? returnUrl) =>
        IsOurs(returnUrl) ? Page(http, antiforgery, returnUrl!, id: "", error: null) : Results.BadRequest();

    private static async Task<IResult> SignInAsync(HttpContext http, IAntiforgery antiforgery, IDemonstrationPeople people, TimeProvider clock)
    {
        if (!http.Request.HasFormContentType || !await antiforgery.IsRequestValidAsync(http))
        {
            return Results.BadRequest();
        }

        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (id, returnUrl) = (form["id"].ToString().Trim(), form["returnUrl"].ToString());
        if (!IsOurs(returnUrl))
        {
            return Results.BadRequest();
        }

        if (id.Length is 0 or > 256 || !await people.ExistsAsync(id, http.RequestAborted))
        {
            return Page(http, antiforgery, returnUrl, id, "There is no such person in the demonstration data.");
        }

        var identity = new ClaimsIdentity([new Claim(OpenIddictConstants.Claims.Subject, id), new Claim(For, returnUrl)], BuiltInProvider.SignInScheme);
        identity.SetClaim(OpenIddictConstants.Claims.AuthenticationTime, clock.GetUtcNow().ToUnixTimeSeconds());
        await http.SignInAsync(BuiltInProvider.SignInScheme, new ClaimsPrincipal(identity));
        return Results.LocalRedirect(returnUrl);
    }

    /// <summary>Only back to the authorization endpoint: no other host, no other page.</summary>
    private static bool IsOurs(string? returnUrl) =>
        returnUrl is not null
        && returnUrl.StartsWith(AuthorizationEndpoint.Path + "?", StringComparison.Ordinal)
        && !returnUrl.Contains('\\', StringComparison.Ordinal)
        && !returnUrl.Any(char.IsControl);

    private static IResult Page(HttpContext http, IAntiforgery antiforgery, string returnUrl, string id, string? error)
    {
        var token = antiforgery.GetAndStoreTokens(http);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        return Results.Text(
            Html(token.FormFieldName, token.RequestToken!, returnUrl, id, error),
            "text/html",
            Encoding.UTF8,
            error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    private static string Html(string tokenName, string token, string returnUrl, string id, string? error)
    {
        var people = string.Concat(DemonstrationClients.Suggestions.Select(person => $"<option value=\"{Encode(person.Id)}\">{Encode(person.Who)}</option>"));
        var fault = error is null ? "" : $"<p id=\"fault\" class=\"fault\" role=\"alert\">{Encode(error)}</p>";
        var described = error is null ? "hint" : "hint fault";
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{(error is null ? "" : "Error: ")}Sign in to the demonstration</title>
            <link rel="stylesheet" href="{StylePath}">
            </head>
            <body>
            <main>
            <h1>Sign in to the demonstration</h1>
            <p class="notice">This is the built-in provider of a development host. It asks for no password: whoever you name, you are signed in as.</p>
            <form method="post" action="{Path}">
            <label for="id">Person</label>
            <p id="hint" class="hint">Pick someone or type an id, such as northvale-0001.</p>
            {fault}
            <input id="id" name="id" list="people" value="{Encode(id)}" aria-describedby="{described}"{(
                error is null ? "" : " aria-invalid=\"true\""
            )} autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
            <datalist id="people">{people}</datalist>
            <input type="hidden" name="returnUrl" value="{Encode(returnUrl)}">
            <input type="hidden" name="{Encode(tokenName)}" value="{Encode(token)}">
            <button type="submit">Sign in</button>
            </form>
            </main>
            </body>
            </html>
            """;
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private const string Style = """
        :root { color-scheme: light dark; }
        body { margin: 0; font: 1.125rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
        main { max-width: 34rem; margin: 0 auto; padding: 2rem 1rem; }
        .notice { border-left: .5rem solid #1d5fa8; padding-left: 1rem; }
        label { font-weight: 700; }
        .hint { margin: 0; color: #4a4a4a; }
        .fault { margin: .5rem 0 0; color: #b00020; font-weight: 700; }
        input { display: block; box-sizing: border-box; width: 100%; margin: .5rem 0 1.5rem; padding: .5rem; font: inherit; border: 2px solid currentColor; }
        button { padding: .75rem 1.5rem; font: inherit; font-weight: 700; color: #fff; background: #1d5fa8; border: 2px solid transparent; cursor: pointer; }
        input:focus-visible, button:focus-visible { outline: 3px solid #d97a00; outline-offset: 2px; }
        @media (prefers-color-scheme: dark) {
          body { color: #f0f0f0; background: #16181b; }
          .hint { color: #c4c4c4; }
          .fault { color: #ff8a95; }
        }
        """;
}
