using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>Sends people to their provider, for a first sign-in or for a recent strong one.</summary>
internal static class SignInChallenge
{
    /// <summary>A first sign-in.</summary>
    /// <param name="to">Where to go on, of this site.</param>
    public static AuthenticationProperties First(string? to) => new() { RedirectUri = IsLocal(to) ? to : "/" };

    /// <summary>Again, as the API's challenge says (RFC 9470), and as nobody else.</summary>
    public static AuthenticationProperties Again(Caller.Person person, long? maxAge, string? acrValues, string to)
    {
        var properties = new OpenIdConnectChallengeProperties { RedirectUri = to, MaxAge = maxAge is { } age ? TimeSpan.FromSeconds(age) : null };
        properties.SetString(PortalOpenId.Expected, person.Key);
        properties.SetString(PortalOpenId.AcrValues, acrValues);
        return properties;
    }

    /// <summary>The scheme of this person's provider.</summary>
    public static string SchemeOf(TrustedProviders providers, Caller.Person person) =>
        PortalOpenId.SchemeOf((providers.ByIssuer(person.Issuer) ?? throw new InvalidOperationException("A session outlives no provider.")).Scheme);

    /// <summary>A path of this site and nothing else: no other host, whatever a browser makes of backslashes.</summary>
    public static bool IsLocal(string? to) =>
        to is ['/', ..] && !to.StartsWith("//", StringComparison.Ordinal) && !to.Contains('\\', StringComparison.Ordinal) && !to.Any(char.IsControl);
}
