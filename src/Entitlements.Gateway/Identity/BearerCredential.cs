namespace Entitlements.Gateway.Identity;

/// <summary>What a request brings as <c>Authorization: Bearer</c>, taken apart once. Never from the query or a form (RFC 9700 §4.3.2).</summary>
/// <param name="IsPresent">Something was brought, readable or not.</param>
/// <param name="Jws">The token, when it is one.</param>
internal sealed record BearerCredential(bool IsPresent, CompactJws? Jws)
{
    private const string Scheme = "Bearer";

    public static BearerCredential Of(HttpContext http)
    {
        if (http.Items.TryGetValue(typeof(BearerCredential), out var known))
        {
            return (BearerCredential)known!;
        }

        var credential = Read(http.Request.Headers.Authorization);
        http.Items[typeof(BearerCredential)] = credential;
        return credential;
    }

    private static BearerCredential Read(IReadOnlyList<string?> headers)
    {
        if (headers is not [{ } only])
        {
            return new BearerCredential(headers.Count > 0, null); // of two credentials nobody could say which one was checked
        }

        var end = only.IndexOf(' ', StringComparison.Ordinal);
        var scheme = end < 0 ? only : only[..end];
        return scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase)
            ? new BearerCredential(true, CompactJws.Read(only[scheme.Length..].Trim(' ')))
            : new BearerCredential(false, null);
    }
}
