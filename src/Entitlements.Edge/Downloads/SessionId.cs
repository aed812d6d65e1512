using System.Buffers;
using System.Security.Cryptography;

namespace Entitlements.Edge.Downloads;

/// <summary>Ids of download sessions: 128 random bits as 32 lower-case hex digits. A secret: never logged, never in a tag.</summary>
internal static class SessionId
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string New() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static bool IsWellFormed(string? text) => text is { Length: 32 } && !text.ContainsAnyExcept(HexDigits);
}
