using Microsoft.Net.Http.Headers;

namespace Entitlements.Edge.Downloads;

/// <summary>The headers of a file, alike on GET, HEAD and every range; and what a request asks about them.</summary>
internal static class DownloadHeaders
{
    /// <summary>A strong validator: the same digest is the same bytes.</summary>
    public static string ETag(DownloadContent content) => $"\"{content.Sha256.Hex}\"";

    public static void Write(HttpResponse response, DownloadContent content)
    {
        response.ContentType = MediaTypeHeaderValue.TryParse(content.ContentType, out var type) ? type.ToString() : "application/octet-stream";
        response.Headers.ETag = ETag(content);
        response.Headers.AcceptRanges = "bytes";
        response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(content.Sha256.ToBytes())}:"; // RFC 9530: of the whole file, on 206 too
        response.Headers.ContentDisposition = OfferedName.ContentDisposition(content.FileName, $"{content.Sha256.Hex}.bin");
    }

    /// <summary>304, 412 or null to go on (RFC 9110 §13.2.2; there are no dates to compare).</summary>
    public static int? Precondition(HttpRequest request, DownloadContent content)
    {
        if (request.Headers.IfMatch.Count > 0 && !Names(request.Headers.IfMatch, content, strong: true))
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        return request.Headers.IfNoneMatch.Count > 0 && Names(request.Headers.IfNoneMatch, content, strong: false) ? StatusCodes.Status304NotModified : null;
    }

    /// <summary>The range asked for, if the client's copy is of this very file: <c>If-Range</c> compares strongly, and a date never does (§13.1.5).</summary>
    public static ByteRange Range(HttpRequest request, DownloadContent content)
    {
        var isCurrent = request.Headers.IfRange is [] || (request.Headers.IfRange is [{ } tag] && tag.Trim() == ETag(content));
        return HttpMethods.IsGet(request.Method) && isCurrent ? ByteRange.Read(request.Headers.Range, content.Size) : new ByteRange.Whole();
    }

    private static bool Names(Microsoft.Extensions.Primitives.StringValues header, DownloadContent content, bool strong) =>
        EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue(ETag(content)), useStrongComparison: strong));
}
