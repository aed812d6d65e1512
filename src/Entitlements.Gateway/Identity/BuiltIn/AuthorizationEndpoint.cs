using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary><c>GET /connect/authorize</c>. OpenIddict has checked client, redirect URI and PKCE before this is reached.</summary>
internal static class AuthorizationEndpoint
{
    public const string Path = "/connect/authorize";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, HandleAsync).AllowAnonymous().ExcludeFromDescription();

    /// <remarks>A sign-in serves the one authorization that it was made for: the next one asks again, so that another person can be tried, and so
    /// that <c>prompt=login</c> and <c>max_age</c> get what they ask for (OpenID Connect Core §3.1.2.1).</remarks>
    private static async Task<IResult> HandleAsync(HttpContext http, IDemonstrationPeople people, TimeProvider clock)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new UnreachableException("OpenIddict did not see this request");
        var signedIn = await http.AuthenticateAsync(BuiltInProvider.SignInScheme);
        if (
            signedIn.Principal is { } principal
            && principal.FindFirstValue(OpenIddictConstants.Claims.Subject) is { } person
            && SignInPage.IsFor(http.Request, principal)
            && clock.GetUtcNow().ToUnixTimeSeconds() - principal.SignedIn() <= (request.MaxAge ?? long.MaxValue)
            && await people.ExistsAsync(person, http.RequestAborted)
        )
        {
            await http.SignOutAsync(BuiltInProvider.SignInScheme);
            return Grants.To(person, request.GetScopes(), principal.SignedIn());
        }

        return request.HasPromptValue(OpenIddictConstants.PromptValues.None)
            ? Grants.Refused(OpenIddictConstants.Errors.LoginRequired, "Nobody is signed in.")
            : Results.LocalRedirect(SignInPage.UrlFor(http.Request));
    }
}
