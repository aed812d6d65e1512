using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>What browsers are sent besides pages.</summary>
public sealed class PortalAssetsTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "src", "Entitlements.Gateway", "Portal", "Assets", "built");

    [Theory, InlineData("portal.css"), InlineData("portal.js"), InlineData("favicon.svg")]
    public async Task An_asset_comes_as_it_was_built_in_each_coding_and_stays_for_good(string name)
    {
        await using var gateway = await TestGateway.StartAsync();
        using var http = new HttpClient { BaseAddress = gateway.Url };
        var built = await File.ReadAllBytesAsync(Path.Combine(Folder, name), TestContext.Current.CancellationToken);
        foreach (var (accepted, coding) in new[] { ("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", null) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, PortalAssets.UrlOf(name));
            request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            var sent = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
            Assert.Equal(built, Decode(sent, coding));
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        }
        using var old = await http.GetAsync($"/assets/{name.Replace(".", ".000000000000.", StringComparison.Ordinal)}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, old.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_fetched_from_elsewhere_and_nothing_of_the_governments_own_is_used()
    {
        foreach (var name in new[] { "portal.css", "portal.js" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Folder, name), TestContext.Current.CancellationToken);
            foreach (var word in new[] { "url(http", "url(//", "@import", "GDS Transport", "@font-face", "crown", "crest" })
            {
                Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public async Task What_is_committed_is_what_is_built()
    {
        using var build = Process.Start(
            new ProcessStartInfo(Path.Combine(Repository.Root, "infra", "assets.sh"), ["--check"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var (said, wrong) = (build.StandardOutput.ReadToEndAsync(), build.StandardError.ReadToEndAsync());
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, $"Run infra/assets.sh. {await said} {await wrong}");
    }

    private static byte[] Decode(byte[] sent, string? coding)
    {
        using var bytes = new MemoryStream();
        using Stream decoder =
            coding == "br" ? new BrotliStream(new MemoryStream(sent), CompressionMode.Decompress)
            : coding == "gzip" ? new GZipStream(new MemoryStream(sent), CompressionMode.Decompress)
            : new MemoryStream(sent);
        decoder.CopyTo(bytes);
        return bytes.ToArray();
    }
}
