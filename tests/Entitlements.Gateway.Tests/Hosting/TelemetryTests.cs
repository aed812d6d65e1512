using System.Net;
using System.Net.Http.Headers;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.OpenApi;

namespace Entitlements.Gateway.Tests.Hosting;

/// <summary>What a running gateway tells its operators, and what it keeps to itself.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests
{
    private const string Person = "person-7d1f3b";
    private const string Session = "5e551014cafe5e551014cafe5e551014";

    /// <remarks>The host flushes as it ends: what is searched is all that it had to say.</remarks>
    [Fact]
    public async Task Traces_metrics_and_logs_arrive_by_OTLP_without_tokens_people_or_sessions()
    {
        await using var collector = await CollectorStub.StartAsync();
        string[] tokens;
        await using (var gateway = await StartAsync(collector.Url))
        {
            tokens = [gateway.Issuer.ClientToken("store", Scopes.Evaluate), gateway.Issuer.PersonToken("north-role-admin"), gateway.Issuer.PersonToken(Person)];
            await AskAsync(gateway, tokens);
            await collector.ArrivedAsync("traces", "/access/v1/evaluation");
            await collector.ArrivedAsync("metrics", "entitlements.decision.duration");
            await collector.ArrivedAsync("logs", "/v1/tenants/{tenant}/subjects/{subject}");
        }
        foreach (
            var secret in tokens.SelectMany(t => t.Split('.').Append(t)).Where(part => part.Length > 40).Append(Person).Append(Session).Append("secret-query")
        )
        {
            Assert.True(collector.SignalsWith(secret).Count == 0, $"{secret} is in {string.Join(", ", collector.SignalsWith(secret))}");
        }
    }

    [Fact]
    public async Task Our_meters_are_on_the_operators_listener_and_not_on_the_public_one()
    {
        var metrics = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var gateway = await TestGateway.StartAsync(null, ("Metrics:Url", metrics.GetLeftPart(UriPartial.Authority)));
        await AskAsync(
            gateway,
            [gateway.Issuer.ClientToken("store", Scopes.Evaluate), gateway.Issuer.PersonToken("north-role-admin"), gateway.Issuer.PersonToken(Person)]
        );
        using var http = gateway.Anonymous();
        var shown = await http.GetStringAsync(new Uri(metrics, "/metrics"));
        Assert.Contains("entitlements_decision_duration_seconds", shown, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds", shown, StringComparison.Ordinal);
        Assert.Contains("entitlements_requests_running", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Person, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Session, shown, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(metrics, "/v1/tenants"))).StatusCode);
    }

    private static Task<TestGateway> StartAsync(string collector) =>
        TestGateway.StartAsync(
            null,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "250"),
            ("OTEL_BSP_SCHEDULE_DELAY", "250"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "250"),
            ("Logging:LogLevel:Default", "Debug")
        );

    /// <summary>One decision, one person written and read, one download refused, one fault: each with something in it that is nobody else's business.</summary>
    private static async Task AskAsync(TestGateway gateway, string[] tokens)
    {
        await gateway.RegisterClientAsync("store", ["north"], Scopes.Evaluate);
        await gateway.AddPersonAsync("north", Person);
        await SendAsync(
            gateway,
            HttpMethod.Post,
            "/access/v1/evaluation",
            tokens[0],
            HttpStatusCode.OK,
            $$$"""{"subject":{"type":"user","id":"{{{Person}}}"},"action":{"name":"download"},"resource":{"type":"app","id":"recorder"}}"""
        );
        await SendAsync(gateway, HttpMethod.Get, $"/v1/tenants/north/subjects/{Person}?issuer=secret-query", tokens[1], HttpStatusCode.NotFound);
        await SendAsync(gateway, HttpMethod.Get, $"/v1/tenants/north/subjects/{Person}", tokens[1], HttpStatusCode.OK);
        await SendAsync(gateway, HttpMethod.Get, $"/v1/tenants/north/subjects/{Person}", tokens[2], HttpStatusCode.Forbidden);
        await SendAsync(gateway, HttpMethod.Get, $"/v1/downloads/{Session}", tokens[2], HttpStatusCode.Unauthorized);
        await SendAsync(gateway, HttpMethod.Get, $"/v1/nothing/{Person}", tokens[2], HttpStatusCode.NotFound);
    }

    private static async Task SendAsync(TestGateway gateway, HttpMethod method, string path, string token, HttpStatusCode expected, string? body = null)
    {
        // without activities of its own: the host listens to every source of the process, and this is not the host's
        using var http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = gateway.Url };
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : SweptGateway.Bytes(body),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        Assert.Equal(expected, (await http.SendAsync(request)).StatusCode);
    }
}
