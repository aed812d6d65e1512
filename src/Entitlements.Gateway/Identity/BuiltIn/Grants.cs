using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>What the built-in provider puts into a token: the subject, the scopes and the audience; for a person also when and how they signed in.</summary>
internal static class Grants
{
    /// <param name="signedIn">When the person signed in, in seconds since 1970; null for a client.</param>
    public static IResult To(string subject, IEnumerable<string> scopes, long? signedIn = null)
    {
        var identity = new ClaimsIdentity("built-in", OpenIddictConstants.Claims.Name, OpenIddictConstants.Claims.Role);
        identity.SetClaim(OpenIddictConstants.Claims.Subject, subject);
        if (signedIn is not null)
        {
            identity.SetClaim(OpenIddictConstants.Claims.AuthenticationTime, signedIn);
            identity.SetClaim(OpenIddictConstants.Claims.AuthenticationContextReference, BuiltInProvider.Acr);
        }
        identity.SetScopes(scopes);
        identity.SetResources(BuiltInProvider.Audience);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken, OpenIddictConstants.Destinations.IdentityToken]);
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    /// <summary>When the person behind this principal signed in.</summary>
    public static long SignedIn(this ClaimsPrincipal person) =>
        long.Parse(person.GetClaim(OpenIddictConstants.Claims.AuthenticationTime)!, System.Globalization.CultureInfo.InvariantCulture);

    public static IResult Refused(string error, string description) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
}
