using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Entitlements.Gateway.Portal;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using OpenIddict.Abstractions;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary><c>/connect/sign-in</c>: signs in any demonstration person by their id, and says so.</summary>
internal static class SignInPage
{
    private const string Path = "/connect/sign-in";

    /// <summary>Claim that names the one authorization a sign-in is for.</summary>
    private const string For = "for";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost(Path, SignInAsync).AllowAnonymous().ExcludeFromDescription();
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
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
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
        var fault = error is null
            ? ""
            : $"<p id=\"fault\" class=\"govuk-error-message\" role=\"alert\"><span class=\"govuk-visually-hidden\">Error:</span> {Encode(error)}</p>";
        var (group, input) = error is null ? ("", "") : (" govuk-form-group--error", " govuk-input--error");
        return $"""
            <!doctype html>
            <html lang="en" class="govuk-template">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{(error is null ? "" : "Error: ")}Sign in to the demonstration</title>
            <link rel="icon" type="image/svg+xml" href="{PortalAssets.UrlOf("favicon.svg")}">
            <link rel="stylesheet" href="{PortalAssets.UrlOf("portal.css")}">
            </head>
            <body class="govuk-template__body">
            <div class="govuk-width-container">
            <main class="govuk-main-wrapper">
            <h1 class="govuk-heading-l">Sign in to the demonstration</h1>
            <div class="govuk-inset-text">This is the built-in provider of a development host. It asks for no password: whoever you name, you are signed in as.</div>
            <form method="post" action="{Path}" novalidate>
            <div class="govuk-form-group{group}">
            <label class="govuk-label" for="id">Person</label>
            <div id="hint" class="govuk-hint">Pick someone or type an id, such as northvale-0001.</div>
            {fault}
            <input class="govuk-input govuk-input--width-20{input}" id="id" name="id" list="people" value="{Encode(
                id
            )}" aria-describedby="{(error is null ? "hint" : "hint fault")}" autocomplete="username" autocapitalize="none" spellcheck="false">
            <datalist id="people">{people}</datalist>
            </div>
            <input type="hidden" name="returnUrl" value="{Encode(returnUrl)}">
            <input type="hidden" name="{Encode(tokenName)}" value="{Encode(token)}">
            <button type="submit" class="govuk-button">Sign in</button>
            </form>
            </main>
            </div>
            </body>
            </html>
            """;
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
