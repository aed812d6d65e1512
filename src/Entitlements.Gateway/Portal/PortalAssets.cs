using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Gateway.Portal;

/// <summary>What pages look like and do in a browser: built by npm, committed, part of the assembly. Its name holds its digest, so a browser keeps it for good.</summary>
/// <remarks>Not static web assets: outside a publish their manifest is read in Development only, and the working directory may be any.</remarks>
internal static class PortalAssets
{
    /// <summary>Content codings, the smallest first.</summary>
    private static readonly (string Coding, string Suffix)[] Codings = [("br", ".br"), ("gzip", ".gz")];

    private static readonly Dictionary<string, Asset> ByName = new[] { "portal.css", "portal.js", "favicon.svg" }.ToDictionary(
        name => name,
        Asset.Read,
        StringComparer.Ordinal
    );

    private static readonly Dictionary<string, Asset> ByFile = ByName.Values.ToDictionary(asset => asset.File, StringComparer.Ordinal);

    /// <summary>Where the browser finds it.</summary>
    public static string UrlOf(string name) => $"/assets/{ByName[name].File}";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/assets/{file}", [HttpMethods.Get, HttpMethods.Head], Send).AllowAnonymous().ExcludeFromDescription();

    private static IResult Send(string file, HttpContext context)
    {
        if (!ByFile.TryGetValue(file, out var asset))
        {
            return Hosting.Problems.NotFound();
        }
        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = HeaderNames.AcceptEncoding;
        var accepted = context.Request.GetTypedHeaders().AcceptEncoding;
        if (
            Codings.FirstOrDefault(c => accepted.Any(a => a.Value.Equals(c.Coding, StringComparison.OrdinalIgnoreCase) && a.Quality is null or > 0)) is
            { Coding: { } coding }
        )
        {
            headers.ContentEncoding = coding;
            return TypedResults.Bytes(asset.Encoded[coding], asset.ContentType);
        }
        return TypedResults.Bytes(asset.Bytes, asset.ContentType);
    }

    /// <param name="File">Its name with the beginning of its SHA-256.</param>
    private sealed record Asset(string File, string ContentType, byte[] Bytes, IReadOnlyDictionary<string, byte[]> Encoded)
    {
        public static Asset Read(string name)
        {
            var (bytes, dot) = (BytesOf(name), name.LastIndexOf('.'));
            return new(
                $"{name[..dot]}.{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}{name[dot..]}",
                name[dot..] switch
                {
                    ".css" => "text/css; charset=utf-8",
                    ".js" => "text/javascript; charset=utf-8",
                    ".svg" => "image/svg+xml",
                    var other => throw new InvalidOperationException($"Which content type has {other}?"),
                },
                bytes,
                Codings.ToDictionary(c => c.Coding, c => BytesOf(name + c.Suffix), StringComparer.Ordinal)
            );
        }

        private static byte[] BytesOf(string name)
        {
            using var resource =
                typeof(PortalAssets).Assembly.GetManifestResourceStream($"portal/{name}") ?? throw new InvalidOperationException($"{name} is not built in.");
            using var bytes = new MemoryStream();
            resource.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}
