using System.Globalization;
using System.Text;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace Entitlements.Gateway.Catalogue;

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">Sent back as <c>cursor</c> for the page after; null on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Where in a list to go on: <c>?limit=</c> (1 to 500, default 50) and an opaque <c>cursor</c>.</summary>
internal sealed record Paging(int Limit, string After)
{
    private const int Default = 50;
    private const int Most = 500;

    public static ValueTask<Paging> BindAsync(HttpContext context)
    {
        var limit = context.Request.Query["limit"].ToArray() switch
        {
            [] => Default,
            [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is > 0 and <= Most => asked,
            _ => throw new ProblemException(Problems.BadRequest("limit is a number from 1 to 500.", "invalid_limit")),
        };
        return ValueTask.FromResult(new Paging(limit, context.Request.Query["cursor"].ToArray() switch
        {
            [] => "",
            [{ } cursor] when Decode(cursor) is { } after => after,
            _ => throw new ProblemException(Problems.BadRequest("cursor is not one that was given.", "invalid_cursor")),
        }));
    }

    /// <summary>The page of <paramref name="read"/>, which holds one row more than fits where there is a next page.</summary>
    public Page<TItem> Of<TRow, TItem>(List<TRow> read, Func<TRow, string> key, Func<TRow, TItem> show) =>
        new([.. read.Take(Limit).Select(show)], read.Count > Limit ? WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(key(read[Limit - 1]))) : null);

    private static string? Decode(string cursor)
    {
        try
        {
            var text = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor));
            return text.Length is > 0 and <= 512 && !text.Any(char.IsControl) ? text : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
