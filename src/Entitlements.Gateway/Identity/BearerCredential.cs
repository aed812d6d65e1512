using Entitlements.Gateway.Hosting;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Identity;

/// <summary>What a request brings as <c>Authorization: Bearer</c>, taken apart once. Never from the query or a form (RFC 9700 §4.3.2).</summary>
internal sealed class BearerCredential
{
    private const string Scheme = "Bearer";
    private readonly Lazy<CompactJws?>? _jws;

    private BearerCredential(bool isPresent) => IsPresent = isPresent;

    private BearerCredential(string text) => (IsPresent, _jws) = (true, new(() => CompactJws.Read(text), isThreadSafe: false));

    /// <summary>Something was brought, readable or not.</summary>
    public bool IsPresent { get; }

    /// <summary>The token, when it is one.</summary>
    public CompactJws? Jws => _jws?.Value;

    /// <summary>The very same token passed before; it counts again if its provider's keys are the same.</summary>
    public RememberedToken? Remembered { get; private set; }

    /// <summary>The keys that the token is judged by now.</summary>
    public OpenIdConnectConfiguration? Keys { get; set; }

    public static BearerCredential Of(HttpContext http)
    {
        if (http.Features.Get<BearerCredential>() is { } known)
        {
            return known;
        }

        var credential = Read(http.Request.Headers.Authorization);
        if (credential.IsPresent && CredentialDigest.Of(http) is { } digest)
        {
            credential.Remembered = http.RequestServices.GetRequiredService<TokenMemory>().Find(digest);
        }
        http.Features.Set(credential);
        return credential;
    }

    private static BearerCredential Read(IReadOnlyList<string?> headers)
    {
        if (headers is not [{ } only])
        {
            return new BearerCredential(headers.Count > 0); // of two credentials nobody could say which one was checked
        }

        var end = only.IndexOf(' ', StringComparison.Ordinal);
        var scheme = end < 0 ? only : only[..end];
        if (!scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return new BearerCredential(isPresent: false);
        }
        return new BearerCredential(only[scheme.Length..].Trim(' '));
    }
}
