using System.Text;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Gateway.Portal.Releases;

/// <summary>A <c>multipart/form-data</c> body up to its file, which is read from the wire by who wants it. What comes after the file is never read. Source: RFC 7578.</summary>
/// <param name="Fields">What comes before the file.</param>
/// <param name="File">Null where none was chosen.</param>
internal sealed record FileForm(FormCollection Fields, Stream? File, string FileName)
{
    private const int MostFields = 8;
    private const int LongestField = 4096;
    private const int LongestName = 255;
    private const int LongestBoundary = 70; // RFC 2046 §5.1.1

    /// <exception cref="ProblemException">400: it is none.</exception>
    public static async Task<FileForm> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (
            !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= LongestBoundary } boundary
        )
        {
            throw Unreadable();
        }
        var reader = new MultipartReader(boundary, request.Body);
        var fields = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        try
        {
            for (var sections = 0; await reader.ReadNextSectionAsync(cancellation) is { } section; sections++)
            {
                var disposition = section.GetContentDispositionHeader();
                if (disposition?.IsFileDisposition() == true)
                {
                    var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar.Value : disposition.FileName.Value;
                    return new(new(fields), string.IsNullOrEmpty(name) ? null : section.Body, name is { Length: <= LongestName } ? name : "");
                }
                if (sections == MostFields || HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value is not { } field)
                {
                    throw Unreadable();
                }
                fields[field] = await TextAsync(section.Body, cancellation);
            }
        }
        catch (Exception fault) when (fault is InvalidDataException || (fault is IOException and not BadHttpRequestException))
        {
            throw Unreadable();
        }
        return new(new(fields), null, "");
    }

    private static async Task<string> TextAsync(Stream body, CancellationToken cancellation)
    {
        var bytes = new byte[LongestField + 1];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        return length <= LongestField ? Encoding.UTF8.GetString(bytes, 0, length) : throw Unreadable();
    }

    private static ProblemException Unreadable() => new(Problems.BadRequest("The form could not be read.", "form_unreadable"));
}
