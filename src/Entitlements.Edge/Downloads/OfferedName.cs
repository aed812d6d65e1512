using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Edge.Downloads;

/// <summary>The file name a download is offered under: never a path, never a header of its own (RFC 6266 §4.3).</summary>
internal static class OfferedName
{
    private const int MostCharacters = 128;

    /// <summary>The <c>Content-Disposition</c> value: plain name for old clients, RFC 8187 form for the rest.</summary>
    public static string ContentDisposition(string name, string otherwise)
    {
        var value = new ContentDispositionHeaderValue("attachment");
        value.SetHttpFileName(Clean(name) is { Length: > 0 } clean ? clean : otherwise);
        return value.ToString();
    }

    /// <summary>Separators, quotes, and characters that are unseen, turn the line round or make no text are replaced;
    /// no leading or trailing dots and blanks (hidden files, what Windows drops).</summary>
    private static string Clean(string name)
    {
        var clean = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            clean.Append(IsHarmless(rune) ? rune.ToString() : "_");
            if (clean.Length >= MostCharacters)
            {
                break;
            }
        }

        return clean.ToString().Trim('.', ' ');
    }

    private static bool IsHarmless(Rune rune) =>
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
            );
}
