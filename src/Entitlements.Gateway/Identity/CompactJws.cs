using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Entitlements.Gateway.Identity;

/// <summary>A signed token taken apart with nothing believed yet: the checks that must come before any parser is lenient.</summary>
/// <remarks>RFC 7515 §3.1, §4.1.11; RFC 8725 §3.11 and its successor ("check JWT format type").</remarks>
internal sealed class CompactJws
{
    /// <summary>Longest token read, in characters. Entra ID tokens with many groups reach 8 Ki.</summary>
    public const int Limit = 16 * 1024;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Header members that name a key or another format: nothing this side may follow, so nothing it accepts.</summary>
    private static readonly string[] RefusedHeaders = ["crit", "jku", "jwk", "x5u", "x5c", "enc", "zip", "b64"];

    private CompactJws(string text, string keyId, JsonElement payload, string issuer) => (Text, KeyId, Payload, Issuer) = (text, keyId, payload, issuer);

    public string Text { get; }

    /// <summary><c>kid</c>: untrusted text, only ever compared with the keys that are held.</summary>
    public string KeyId { get; }

    /// <summary>The claims as sent, duplicates already refused.</summary>
    public JsonElement Payload { get; }

    /// <summary><c>iss</c>, not verified: it only picks whose rules are applied.</summary>
    public string Issuer { get; }

    /// <summary>Takes a token apart, or answers null for anything that is not exactly three canonical base64url parts of strict JSON.</summary>
    public static CompactJws? Read(string text)
    {
        if (
            text.Length > Limit
            || text.Split('.') is not [var first, var second, var third]
            || Decode(third) is null
            || Parse(first) is not { } header
            || Parse(second) is not { } payload
        )
        {
            return null;
        }

        return
            RefusedHeaders.Any(name => header.TryGetProperty(name, out _))
            || Text256(header, "alg") is null
            || Text256(header, "typ") is null
            || Text256(header, "kid") is not { } keyId
            || Text256(payload, "iss") is not { } issuer
            ? null
            : new CompactJws(text, keyId, payload, issuer);
    }

    /// <summary>A member's text, or null when it is absent, no string, empty, over 256 bytes, or holds what is not well-formed text.</summary>
    public static string? Text256(JsonElement json, string name) => json.TryGetProperty(name, out var member) ? Text256(member) : null;

    /// <inheritdoc cref="Text256(JsonElement, string)"/>
    public static string? Text256(JsonElement member)
    {
        if (member.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            var text = member.GetString()!;
            return text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= 256 && !text.Any(char.IsControl) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escaped lone surrogate
        }
    }

    private static JsonElement? Parse(string part)
    {
        if (Decode(part) is not { } json || !Utf8.IsValid(json))
        {
            return null;
        }

        try
        {
            var element = JsonElement.Parse(json, Strict);
            return element.ValueKind == JsonValueKind.Object ? element : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <remarks>Base64Url takes padding, so the alphabet is checked first; stray bits in the last character it refuses. One token has one spelling.</remarks>
    private static byte[]? Decode(string part)
    {
        if (part.Length == 0 || part.Length % 4 == 1 || part.AsSpan().ContainsAnyExcept(Alphabet))
        {
            return null;
        }

        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
