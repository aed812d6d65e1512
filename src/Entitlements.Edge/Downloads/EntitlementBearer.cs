using System.Buffers;

namespace Entitlements.Edge.Downloads;

/// <summary>Takes the entitlement token out of a request: exactly one, of the characters a compact JWS is made of. What it is worth, others say.</summary>
internal static class EntitlementBearer
{
    private const int MostCharacters = 8192;
    private const string Scheme = "Bearer ";

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static bool IsTokenLike(string? text) => text is { Length: > 0 and <= MostCharacters } && !text.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <returns>Null when there is no such header, more than one, or not a token in it.</returns>
    public static string? Read(HttpRequest request) =>
        request.Headers.Authorization is [{ } value]
        && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && value[Scheme.Length..].Trim(' ') is var token
        && IsTokenLike(token)
            ? token
            : null;
}
