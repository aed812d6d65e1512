using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Entitlements.Edge.Artifacts;

/// <summary>A SHA-256 digest: 64 lower-case hex digits and nothing else, so it is safe as a file name and in a URL path.</summary>
internal sealed record Sha256Digest
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private Sha256Digest(string hex) => Hex = hex;

    public string Hex { get; }

    /// <summary>Where a store keeps the file: <c>ab/abcdef…</c>, at most 256 folders wide, in a folder and behind an origin alike.</summary>
    public string StorePath => $"{Hex[..2]}/{Hex}";

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Sha256Digest? digest)
    {
        digest = text is { Length: 64 } && !text.ContainsAnyExcept(HexDigits) ? new(text) : null;
        return digest is not null;
    }

    /// <exception cref="FormatException"><paramref name="text"/> is not 64 lower-case hex digits.</exception>
    public static Sha256Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException("A SHA-256 digest is 64 lower-case hex digits.");

    public static Sha256Digest Of(ReadOnlySpan<byte> hash) => Parse(Convert.ToHexStringLower(hash));

    public byte[] ToBytes() => Convert.FromHexString(Hex);

    public override string ToString() => Hex;
}
