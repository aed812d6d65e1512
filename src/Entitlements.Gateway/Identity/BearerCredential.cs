using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Entitlements.Gateway.Identity;

/// <summary>What a request brings as <c>Authorization: Bearer</c>, taken apart once. Never from the query or a form (RFC 9700 §4.3.2).</summary>
internal sealed class BearerCredential
{
    private const string Scheme = "Bearer";
    private readonly string? _header;
    private bool _isTakenApart;
    private CompactJws? _jws;

    private BearerCredential(bool isPresent, string? header = null) => (IsPresent, _header) = (isPresent, header);

    /// <summary>Something was brought, readable or not.</summary>
    public bool IsPresent { get; }

    /// <summary>The token, when it is one; taken apart when it is first asked for.</summary>
    public CompactJws? Jws
    {
        get
        {
            if (!_isTakenApart && _header is not null)
            {
                (_jws, _isTakenApart) = (CompactJws.Read(_header[Scheme.Length..].Trim(' ')), true);
            }
            return _jws;
        }
    }

    /// <summary>The keys that the token is judged by now.</summary>
    public OpenIdConnectConfiguration? Keys { get; set; }

    public static BearerCredential Of(HttpContext http)
    {
        if (http.Features.Get<BearerCredential>() is { } known)
        {
            return known;
        }

        var credential = Read(http.Request.Headers.Authorization);
        http.Features.Set(credential);
        return credential;
    }

    private static BearerCredential Read(Microsoft.Extensions.Primitives.StringValues headers)
    {
        if (headers is not [{ } only])
        {
            return new BearerCredential(headers.Count > 0); // of two credentials nobody could say which one was checked
        }

        return only.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (only.Length == Scheme.Length || only[Scheme.Length] == ' ')
            ? new BearerCredential(isPresent: true, only)
            : new BearerCredential(isPresent: false);
    }
}
