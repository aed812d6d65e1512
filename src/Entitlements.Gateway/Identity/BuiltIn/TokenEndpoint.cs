using System.Diagnostics;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary><c>POST /connect/token</c>. OpenIddict has checked client, grant, code and PKCE before this is reached.</summary>
internal static class TokenEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/connect/token", HandleAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(HttpContext http, IDemonstrationPeople people)
    {
        var request = http.GetOpenIddictServerRequest() ?? throw new UnreachableException("OpenIddict did not see this request");
        return request switch
        {
            _ when request.IsClientCredentialsGrantType() => ForClient(request),
            _ when request.IsAuthorizationCodeGrantType() || request.IsTokenExchangeGrantType() => await ForPersonAsync(http, people),
            _ => Grants.Refused(OpenIddictConstants.Errors.UnsupportedGrantType, "This grant is not served."),
        };
    }

    /// <summary>A client that names no scopes gets all it may have (RFC 6749 §3.3).</summary>
    private static IResult ForClient(OpenIddictRequest request)
    {
        var scopes = request.GetScopes();
        return Grants.To(request.ClientId!, scopes.Length > 0 ? scopes : DemonstrationClients.Confidential[request.ClientId!]);
    }

    /// <summary>By code or by exchange: the person must still be there.</summary>
    private static async Task<IResult> ForPersonAsync(HttpContext http, IDemonstrationPeople people)
    {
        var known = await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        return known.Principal?.GetClaim(OpenIddictConstants.Claims.Subject) is { } person && await people.ExistsAsync(person, http.RequestAborted)
            ? Grants.To(person, known.Principal.GetScopes(), known.Principal.SignedIn())
            : Grants.Refused(OpenIddictConstants.Errors.InvalidGrant, "There is no such demonstration person.");
    }
}
