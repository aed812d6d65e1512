using System.Net;
using System.Text.Json;

namespace Entitlements.Gateway.Tests.Hosting;

public sealed class OperatorsTests : IAsyncLifetime
{
    private HostUnderTest _host = null!;

    public async ValueTask InitializeAsync() => _host = await HostUnderTest.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Metrics_are_on_the_operators_listener_and_no_header_brings_them_to_the_public_one()
    {
        using var client = new HttpClient();
        await client.GetAsync(new Uri(_host.Public, "/caller"));
        Assert.Contains("http_server_request_duration", await client.GetStringAsync(new Uri(_host.Operators, "/metrics")), StringComparison.Ordinal);
        foreach (var host in (string[])[_host.Operators.Authority, _host.Public.Authority, "127.0.0.1:5081"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_host.Public, "/metrics")) { Headers = { Host = host } };
            request.Headers.Add("X-Forwarded-Host", host);
            request.Headers.Add("X-Forwarded-Port", "5081");
            Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(request)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(_host.Operators, "/caller"))).StatusCode);
    }

    [Fact]
    public async Task Ready_tells_the_status_to_all_and_details_to_operators()
    {
        using var client = new HttpClient();
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri(_host.Public, "/health/live")));
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri(_host.Public, "/health/ready")));
        using var details = JsonDocument.Parse(await client.GetStringAsync(new Uri(_host.Operators, "/health/ready")));
        Assert.Equal("healthy", details.RootElement.GetProperty("status").GetString());
        Assert.True(details.RootElement.TryGetProperty("checks", out _));
    }

    [Fact]
    public async Task The_document_is_OpenAPI_31_and_names_bodies_and_path_parameters()
    {
        using var client = new HttpClient { BaseAddress = _host.Public, DefaultRequestHeaders = { Host = "evil.example" } };
        var text = await client.GetStringAsync("/openapi/v1.json");
        Assert.DoesNotContain("evil", text, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(text);
        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = document.RootElement.GetProperty("paths");
        foreach (var path in (string[])["/things", "/loose"])
        {
            var content = paths.GetProperty(path).GetProperty("post").GetProperty("requestBody").GetProperty("content");
            Assert.Equal(["application/json"], content.EnumerateObject().Select(type => type.Name));
        }
        var parameters = paths.GetProperty("/tenants/{tenant}/subjects/{subject}").GetProperty("get").GetProperty("parameters");
        Assert.Equal(["tenant", "subject"], parameters.EnumerateArray().Select(p => p.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_page_has_a_policy_of_its_own_that_names_every_script_it_runs()
    {
        using var client = new HttpClient { BaseAddress = _host.Public };
        var answer = await client.GetAsync("/docs");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        var nonce = policy.Split("'nonce-")[1].Split('\'')[0];
        var scripts = (await answer.Content.ReadAsStringAsync()).Split("<script")[1..];
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.Contains($"nonce=\"{nonce}\"", script[..script.IndexOf('>', StringComparison.Ordinal)], StringComparison.Ordinal));
        Assert.NotEqual(policy, Assert.Single((await client.GetAsync("/docs")).Headers.GetValues("Content-Security-Policy")));
    }
}
