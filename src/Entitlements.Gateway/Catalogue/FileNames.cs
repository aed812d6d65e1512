using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Names under which files are offered. What any system could read as a path, a device or a header is refused when it is written; nothing is mended in silence.</summary>
internal static class FileNames
{
    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int LongestBytes = 128;

    private static readonly FrozenSet<string> Devices = (
        (string[])
            [
                "con",
                "prn",
                "aux",
                "nul",
                "conin$",
                "conout$",
                .. Enumerable.Range(0, 10).SelectMany(n => (string[])[FormattableString.Invariant($"com{n}"), FormattableString.Invariant($"lpt{n}")]),
            ]
    ).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsSafe(string name) =>
        name.Length > 0
        && Encoding.UTF8.GetByteCount(name) <= LongestBytes
        && name[0] is not ('.' or ' ' or '-')
        && name[^1] is not ('.' or ' ')
        && name.EnumerateRunes().All(IsPlain)
        && !Devices.Contains(name.Split('.')[0].TrimEnd());

    private static bool IsPlain(Rune rune) =>
        rune.Value is not ('/' or '\\' or ':' or '"' or '\'' or '%' or '*' or '?' or '<' or '>' or '|' or ';' or 0xFFFD)
        && Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.NonSpacingMark
            );
}
