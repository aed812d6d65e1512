using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class AbuseTests : IAsyncLifetime
{
    /// <summary>A second request on the same line: answered only by a server that lost count of the first.</summary>
    private const string Smuggled = "GET /caller HTTP/1.1\r\nHost: x\r\n\r\n";

    private HostUnderTest _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\n{\"id\":\"x\"}")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity, chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding:\u000bchunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n")]
    [InlineData("Content-Length: 2\r\nContent-Length: 3", "{} ")]
    [InlineData("Content-Length: 2, 2", "{}")]
    [InlineData("Content-Length: 0x2", "{}")]
    [InlineData("Content-Length: -1", "{}")]
    [InlineData("Content-Length: 2\r\n folded: yes", "{}")]
    [InlineData("X-A: a\r\n\tb\r\nContent-Length: 2", "{}")]
    [InlineData("X-A: a\rb\r\nContent-Length: 2", "{}")]
    [InlineData("X-A: a\nX-B: b\r\nContent-Length: 2", "{}")]
    [InlineData("X-A: a\0b\r\nContent-Length: 2", "{}")]
    [InlineData("X A: a\r\nContent-Length: 2", "{}")]
    [InlineData("Transfer-Encoding: chunked", "2;a\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "2;a\rb\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "-2\r\n{}\r\n0\r\n\r\n")]
    [Trait("Abuse", "33")]
    public async Task Abuse_33_a_message_of_doubtful_length_is_400_and_the_line_is_closed(string headers, string body)
    {
        var answer = await _host.SendAsync($"POST /loose HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n\r\n{body}{Smuggled}");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(1, answer.Split("HTTP/1.1 ").Length - 1);
    }

    [Theory]
    [InlineData("close, Authorization")]
    [InlineData("X-Forwarded-For, Authorization, close")]
    [Trait("Abuse", "34")]
    public async Task Abuse_34_naming_a_header_as_hop_by_hop_takes_nothing_away(string connection)
    {
        var answer = await _host.SendAsync($"GET /shown HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nConnection: {connection}\r\n\r\n");
        Assert.Contains("\"Bearer x\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "35")]
    public async Task Abuse_35_what_a_stranger_says_about_itself_is_ignored()
    {
        var plain = await CallerAsync(_host, []);
        var dressed = await CallerAsync(
            _host,
            [
                ("X-Forwarded-For", "10.9.8.7"),
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Host", "evil.example"),
                ("X-Forwarded-Prefix", "/x"),
                ("X-Original-URL", "/fault"),
                ("X-Rewrite-URL", "/fault"),
                ("X-HTTP-Method-Override", "DELETE"),
                ("Forwarded", "for=10.9.8.7;proto=https;host=evil.example"),
                ("Host", "evil.example"),
            ]
        );
        Assert.Equal(plain, dressed);
        Assert.Contains("127.0.0.1", plain, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "35")]
    public async Task Abuse_35_a_named_proxy_is_believed_as_far_as_the_trusted_chain_reaches()
    {
        await using var trusting = await HostUnderTest.StartAsync("Production", "--Proxies:Trusted:0", "127.0.0.0/8");
        var said = await CallerAsync(
            trusting,
            [("X-Forwarded-For", "6.6.6.6, 10.9.8.7, 127.0.0.2"), ("X-Forwarded-Proto", "https, https, https"), ("X-Forwarded-Host", "evil.example")]
        );
        Assert.Contains("\"address\":\"10.9.8.7\",\"scheme\":\"https\"", said, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", said, StringComparison.Ordinal);
        await using var other = await HostUnderTest.StartAsync("Production", "--Proxies:Trusted:0", "10.0.0.0/8");
        Assert.Contains("127.0.0.1", await CallerAsync(other, [("X-Forwarded-For", "10.9.8.7")]), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "74")]
    public async Task Abuse_74_a_hundred_megabytes_are_refused_before_they_are_sent()
    {
        var announced = await _host.SendAsync(
            "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 413 ", announced, StringComparison.Ordinal);
        var chunked = new StringBuilder(
            "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        );
        for (var i = 0; i < 80; i++)
        {
            chunked.Append("8000\r\n").Append(' ', 0x8000).Append("\r\n");
        }
        Assert.StartsWith("HTTP/1.1 413 ", await _host.SendAsync(chunked.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "74")]
    public async Task Abuse_74_headers_keys_and_lines_have_an_end()
    {
        Assert.StartsWith(
            "HTTP/1.1 431 ",
            await _host.SendAsync($"GET /caller HTTP/1.1\r\nHost: x\r\nX-Big: {new string('a', 65536)}\r\n\r\n"),
            StringComparison.Ordinal
        );
        var many = string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: a\r\n"));
        Assert.StartsWith("HTTP/1.1 431 ", await _host.SendAsync($"GET /caller HTTP/1.1\r\nHost: x\r\n{many}\r\n"), StringComparison.Ordinal);
        var keys = string.Join('&', Enumerable.Range(0, 10_000).Select(i => $"a{i}=1"));
        Assert.StartsWith("HTTP/1.1 414 ", await _host.SendAsync($"GET /caller?{keys} HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Abuse", "74")]
    public async Task Abuse_74_a_compressed_body_is_never_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[64 << 20]);
        }
        using var client = new HttpClient { BaseAddress = _host.Public };
        using var content = new ByteArrayContent(packed.ToArray()[..1000])
        {
            Headers = { ContentType = new("application/json"), ContentEncoding = { "gzip" } },
        };
        var answer = await client.PostAsync("/loose", content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal(["identity"], answer.Headers.GetValues("Accept-Encoding"));
    }

    [Fact]
    public async Task Too_many_requests_of_one_caller_are_429_and_another_caller_is_served()
    {
        await using var strict = await HostUnderTest.StartAsync("Production", "--RateLimits:CallerPerSecond", "1", "--RateLimits:Burst", "3");
        using var client = new HttpClient { BaseAddress = strict.Public };
        var seen = new List<HttpResponseMessage>();
        for (var i = 0; i < 50; i++)
        {
            seen.Add(await CallAsync(client, "a"));
        }
        var refused = seen.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(client, "b")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task Inventing_another_token_for_each_request_gains_nothing()
    {
        await using var strict = await HostUnderTest.StartAsync("Production", "--RateLimits:AddressPerSecond", "1", "--RateLimits:Burst", "3");
        using var client = new HttpClient { BaseAddress = strict.Public };
        var seen = new List<HttpStatusCode>();
        for (var i = 0; i < 50; i++)
        {
            seen.Add((await CallAsync(client, $"invented-{i}")).StatusCode);
        }
        Assert.Contains(HttpStatusCode.TooManyRequests, seen);
    }

    [Fact]
    public async Task A_full_process_sheds_with_503_and_still_answers_for_its_health()
    {
        await using var full = await HostUnderTest.StartAsync("Production", "--RateLimits:Concurrent", "1");
        using var client = new HttpClient { BaseAddress = full.Public };
        var held = client.GetAsync("/held");
        await full.Held.Task;
        var shed = await client.GetAsync("/caller");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, shed.StatusCode);
        Assert.NotNull(shed.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
        full.Release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/caller")).StatusCode);
    }

    private static Task<HttpResponseMessage> CallAsync(HttpClient client, string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/caller") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return client.SendAsync(request);
    }

    private static async Task<string> CallerAsync(HostUnderTest host, (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = host.Public };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/caller");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await (await client.SendAsync(request)).Content.ReadAsStringAsync();
    }
}
