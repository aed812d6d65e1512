using System.Text.Unicode;
using CsvHelper;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Gateway.Hosting;

/// <summary>Bodies that are files of text.</summary>
internal static class TextBodies
{
    /// <summary>All of the body.</summary>
    /// <exception cref="ProblemException">400: it is not UTF-8, or says that it is something else.</exception>
    public static async Task<byte[]> ReadUtf8Async(HttpContext context, MediaTypeHeaderValue type)
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, CancellationToken.None);
        var read = bytes.ToArray();
        var isUtf8 = !type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        return isUtf8 && Utf8.IsValid(read) ? read : throw new ProblemException(Problems.BadRequest(("", "The body is not UTF-8.")));
    }

    /// <summary>Its media type, in lower case; empty where it gives none.</summary>
    public static string MediaTypeOf(HttpContext context, out MediaTypeHeaderValue? type) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out type) ? type.MediaType.Value!.ToLowerInvariant() : "";

    /// <summary>Reads CSV (RFC 4180) strictly: what is malformed throws a <see cref="CsvFormatException"/> with its line and none of its values.</summary>
    public static CsvReader OpenCsv(ReadOnlyMemory<byte> utf8) =>
        CsvReader.Create(
            utf8,
            new CsvReaderOptions
            {
                Separator = ',',
                TrackLineNumbers = true,
                TrimWhitespace = true,
                MalformedData = CsvMalformedDataHandling.Throw,
                MaxRecordSize = 4096,
                IncludeValuesInExceptions = false,
            }
        );
}
