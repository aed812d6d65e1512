using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Entitlements.Edge.Artifacts;
using Microsoft.AspNetCore.Http;

namespace Entitlements.Gateway.Tests.Downloads;

public sealed class OriginTests
{
    private static readonly byte[] Bytes = DownloadTests.Content(2_500_000);

    [Fact]
    public async Task A_file_and_its_ranges_come_from_an_HTTP_origin_and_nothing_of_either_side_passes_through()
    {
        var seen = new ConcurrentQueue<string>();
        await using var origin = await StubServer.StartAsync(async context =>
        {
            seen.Enqueue(
                $"{context.Request.Method} {context.Request.Path} {context.Request.Headers.Range} {string.Join(',', context.Request.Headers.Keys.Order(StringComparer.Ordinal))}"
            );
            context.Response.Headers["X-Origin-Secret"] = "1";
            context.Response.Headers.SetCookie = "a=b";
            await Results.Bytes(Bytes, "text/html", enableRangeProcessing: true).ExecuteAsync(context);
        });
        await using var gate = await GateHost.StartAsync(origin.Origin.ToString());
        var download = await PinAsync(gate);
        using var whole = await gate.GetAsync(download, headers => headers.Add("Cookie", "session=1"));
        Assert.True((await whole.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(Bytes));
        Assert.False(whole.Headers.Contains("X-Origin-Secret") || whole.Headers.Contains("Set-Cookie"));
        using var part = await gate.GetAsync(download, headers => headers.Range = new RangeHeaderValue(1_048_570, 1_048_580));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.True((await part.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(Bytes.AsSpan(1_048_570, 11)));
        var path = "/" + download.Content.Sha256.StorePath;
        Assert.Equal([$"GET {path}  Accept-Encoding,Host", $"GET {path} bytes=0-2097151 Accept-Encoding,Host,Range"], seen);
    }

    [Theory]
    [InlineData("redirect")]
    [InlineData("missing")]
    [InlineData("fails")]
    [InlineData("longer")]
    [InlineData("encoded")]
    [InlineData("ignores the range")]
    [InlineData("another range")]
    public async Task An_origin_that_does_not_give_what_was_asked_is_503(string manner)
    {
        await using var origin = await StubServer.StartAsync(async context =>
        {
            var answer = context.Response;
            (answer.StatusCode, answer.ContentLength) = manner switch
            {
                "redirect" => (302, 0L),
                "missing" => (404, 0),
                "fails" => (500, 0),
                "longer" => (206, 2_097_153),
                "ignores the range" => (200, 2_097_152),
                _ => (206, 2_097_152),
            };
            answer.Headers.Location = manner == "redirect" ? "http://127.0.0.1:1/" : default;
            answer.Headers.ContentEncoding = manner == "encoded" ? "gzip" : default;
            answer.Headers.ContentRange = manner == "another range" ? "bytes 1-2097152/2500000" : "bytes 0-2097151/2500000";
            await answer.Body.WriteAsync(Bytes.AsMemory(0, (int)answer.ContentLength!));
        });
        await using var gate = await GateHost.StartAsync(origin.Origin.ToString());
        using var answer = await gate.GetAsync(await PinAsync(gate), headers => headers.Range = new RangeHeaderValue(5, 1_100_000));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Theory]
    [InlineData("lies")]
    [InlineData("truncates")]
    public async Task An_origin_that_lies_or_breaks_off_never_completes_a_file(string manner)
    {
        await using var origin = await StubServer.StartAsync(async context =>
        {
            context.Response.ContentLength = Bytes.Length;
            var bytes = Bytes.ToArray();
            bytes[^1] ^= 1;
            await context.Response.Body.WriteAsync(manner == "lies" ? bytes : bytes.AsMemory(0, 2_200_000));
        });
        await using var gate = await GateHost.StartAsync(origin.Origin.ToString());
        using var answer = await gate.GetAsync(await PinAsync(gate));
        using var received = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(async () => await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(received));
        Assert.True(received.Length <= 2 * 1024 * 1024 && Bytes.AsSpan(0, (int)received.Length).SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task A_lost_origin_leaves_the_token_unspent()
    {
        await using var gate = await GateHost.StartAsync("http://127.0.0.1:1");
        var download = await PinAsync(gate);
        using var redeem = await gate.Http.PostAsync(
            "/v1/downloads",
            new StringContent($$"""{"token":"{{download.Token}}"}""", System.Text.Encoding.UTF8, "application/json")
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, redeem.StatusCode);
        Assert.IsType<Edge.Downloads.RedeemOutcome.Created>(await gate.Sessions.RedeemAsync(download.Token, null, canServe: true));
    }

    private static async Task<TestDownload> PinAsync(GateHost gate) => gate.Pin(await BlockDigests.ComputeAsync(new MemoryStream(Bytes), default), "");
}
