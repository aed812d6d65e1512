using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Entitlements.Gateway.Hosting;

/// <summary>The path as it was sent, before the server decoded or normalised anything.</summary>
/// <remarks>Kestrel decodes every escape but <c>%2F</c>, leaves bytes that are no UTF-8 escaped and removes dot segments, so its path cannot tell
/// <c>a%2Fb</c> from <c>a%252Fb</c>. What is compared byte for byte is therefore read here.</remarks>
internal static class RawTarget
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The raw path of the request, with its first slash, without query. Works for origin form and absolute form (RFC 9112 §3.2).</summary>
    public static string Of(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target is "")
        {
            target = context.Request.Path.ToUriComponent(); // a server that keeps no raw target: tests in memory
        }
        if (!target.StartsWith('/'))
        {
            var authority = target.IndexOf("://", StringComparison.Ordinal);
            var path = authority < 0 ? -1 : target.IndexOf('/', authority + 3);
            target = path < 0 ? "" : target[path..];
        }
        var end = target.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    /// <summary>Whether the server reads other segments than were sent: one is <c>.</c> or <c>..</c>, plain or escaped, or an absolute form has an escaped
    /// slash, which is decoded there and only there.</summary>
    public static bool IsAmbiguous(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var isAbsolute = target is [not '/', ..];
        if (target is ['/', ..] && !target.AsSpan().ContainsAny('.', '%'))
        {
            return false; // nothing to take apart: most requests
        }
        var path = Of(context);
        return path.Split('/').Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..")
            || (
                isAbsolute
                && (path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase) || path.Contains('\\'))
            );
    }

    /// <summary>The segment at <paramref name="index"/> (the first is 0), percent-decoded once.</summary>
    /// <returns>False when there is no such segment, an escape is broken or the bytes are not UTF-8.</returns>
    public static bool TryDecodeSegment(string path, int index, [NotNullWhen(true)] out string? value)
    {
        value = null;
        var segments = path.Split('/');
        return index + 1 < segments.Length && TryDecode(segments[index + 1], out value);
    }

    private static bool TryDecode(string segment, [NotNullWhen(true)] out string? value)
    {
        value = null;
        var bytes = new List<byte>(segment.Length);
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] != '%')
            {
                if (segment[i] > 0x7f)
                {
                    return false;
                }
                bytes.Add((byte)segment[i]);
            }
            else if (i + 2 < segment.Length && char.IsAsciiHexDigit(segment[i + 1]) && char.IsAsciiHexDigit(segment[i + 2]))
            {
                bytes.Add(Convert.FromHexString(segment.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                return false;
            }
        }
        try
        {
            value = StrictUtf8.GetString([.. bytes]);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false; // overlong forms and surrogates among them
        }
    }
}
