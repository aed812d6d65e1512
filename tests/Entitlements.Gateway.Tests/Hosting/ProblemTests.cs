using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Entitlements.Gateway.Tests.Hosting;

/// <remarks>Not beside what exports traces: that makes every host in the process make them.</remarks>
[Collection(nameof(TelemetryTests))]
public sealed class ProblemTests : IAsyncLifetime
{
    private HostUnderTest _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not_found")]
    [InlineData("GET", "/things", 405, "method_not_allowed")]
    [InlineData("HEAD", "/things", 405, null)]
    [InlineData("GET", "/fault", 500, "internal")]
    [InlineData("GET", "/undecidable", 503, "undecidable")]
    [InlineData("GET", "/paged?limit=abc", 400, "bad_request")]
    [InlineData("GET", "/paged", 400, "bad_request")]
    [InlineData("GET", "/tenants/UPPER/subjects/x", 400, "invalid_id")]
    public async Task Every_refusal_has_one_shape(string method, string path, int status, string? code)
    {
        using var client = new HttpClient { BaseAddress = _host.Public };
        using var request = new HttpRequestMessage(new(method), path) { Headers = { { "Accept", "text/html" }, { "X-Request-ID", "abc def" } } };
        var answer = await client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(["abc def"], answer.Headers.GetValues("X-Request-ID"));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(status == 405 ? ["POST"] : [], answer.Content.Headers.Allow);
        Assert.Equal(status == 503 ? "3" : null, answer.Headers.RetryAfter?.ToString());
        if (code is null)
        {
            return;
        }
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("urn:entitlements:problem:" + code, problem.RootElement.GetProperty("type").GetString());
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Equal("abc def", problem.RootElement.GetProperty("traceId").GetString());
        Assert.Equal(path.Split('?')[0], problem.RootElement.GetProperty("instance").GetString());
    }

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "mine")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", "mine")]
    [InlineData("nonsense", "mine")]
    public async Task A_refusal_names_the_callers_trace_and_where_there_is_none_the_request(string traceparent, string named)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = _host.Public };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere") { Headers = { { "traceparent", traceparent }, { "X-Request-ID", "mine" } } };
        using var problem = JsonDocument.Parse(await (await client.SendAsync(request)).Content.ReadAsStringAsync());
        Assert.Equal(named, problem.RootElement.GetProperty("traceId").GetString());
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task A_fault_nobody_foresaw_is_logged_and_says_nothing_to_the_caller(string environment)
    {
        await using var host = await HostUnderTest.StartAsync(environment);
        using var client = new HttpClient { BaseAddress = host.Public };
        var answer = await client.GetAsync("/fault");
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(host.Entries.All, e => e.Level is LogLevel.Error);
    }

    [Fact]
    public async Task A_refused_body_is_an_answer_and_no_error_in_the_log()
    {
        await _host.PostAsync("/things", "{");
        await _host.PostAsync("/things", new string('x', 2 << 20));
        Assert.DoesNotContain(_host.Entries.All, e => e.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("long")]
    public async Task A_request_id_that_cannot_be_echoed_is_replaced(string? sent)
    {
        sent = sent == "long" ? new string('x', 129) : sent;
        var answer = await _host.SendAsync($"GET /nowhere HTTP/1.1\r\nHost: x\r\n{(sent is null ? "" : $"X-Request-ID: {sent}\r\n")}Connection: close\r\n\r\n");
        Assert.Matches("\r\nX-Request-ID: [0-9a-f]{32}\r\n", answer);
    }

    [Fact]
    public async Task Security_headers_are_on_every_response()
    {
        using var client = new HttpClient { BaseAddress = _host.Public };
        foreach (var path in (string[])["/nowhere", "/fault", "/health/live", "/openapi/v1.json", "/caller"])
        {
            var answer = await client.GetAsync(path);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            Assert.Equal(["default-src 'none'; frame-ancestors 'none'"], answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
            Assert.True(answer.Headers.CacheControl?.NoStore);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }
}
