namespace Entitlements.Gateway.Identity;

/// <summary>What a request brings as <c>Authorization: Bearer</c>, taken apart once. Never from the query or a form (RFC 9700 §4.3.2).</summary>
/// <param name="IsPresent">Something was brought, readable or not.</param>
/// <param name="Jws">The token, when it is one.</param>
internal sealed record BearerCredential(bool IsPresent, CompactJws? Jws)
{
    private const string Prefix = "Bearer ";

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

    private static BearerCredential Read(IReadOnlyList<string?> headers) => headers switch
    {
        [{ } one] when one.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) => new(true, CompactJws.Read(one[Prefix.Length..].Trim(' '))),
        { Count: > 1 } => new(true, null), // two credentials: which one was checked downstream, nobody could say
        _ => new(false, null),
    };
}
