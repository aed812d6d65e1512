using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Entitlements.Edge;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Demonstration;

/// <summary>The Edge as an operator runs it, beside the gateway as a user starts it: it knows nothing and asks for everything.</summary>
public sealed class EdgeAloneTests
{
    [Fact]
    public async Task The_edge_serves_what_the_gateway_entitles_and_nothing_after_the_recall()
    {
        await using var gateway = await GatewayProcess.StartAsync();
        var secret = Path.Combine(gateway.Folder, "edge-secret");
        await File.WriteAllTextAsync(secret, "demo-secret");
        await using var edge = EdgeProgram.Create([
            "--Urls",
            "http://127.0.0.1:0",
            "--Edge:Gateway",
            gateway.Url,
            "--Edge:ClientId",
            "northvale-store",
            "--Edge:ClientSecretFile",
            secret,
            "--Artifacts:Root",
            Path.Combine(gateway.Folder, "data", "artifacts"),
            "--Logging:LogLevel:Default",
            "Critical",
        ]);
        await edge.StartAsync();
        using var atGateway = new HttpClient { BaseAddress = new(gateway.Url) };
        using var atEdge = new HttpClient { BaseAddress = new(edge.Urls.First()) };

        var store = await TokenAsync(atGateway, "northvale-store", new() { ["grant_type"] = "client_credentials" });
        var issued = await PostAsync(
            atGateway,
            store,
            "/v1/entitlements",
            new
            {
                subject = new { type = "user", id = "northvale-0001" },
                action = new { name = "download" },
                resource = new { type = "app", id = "call-recorder" },
                context = new { device = new { id = "northvale-phone-0001" } },
                subject_token = await TokenAsync(
                    atGateway,
                    "demo-person",
                    new()
                    {
                        ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
                        ["subject_token"] = "northvale-0001",
                        ["subject_token_type"] = "urn:entitlements:token-type:demo-person",
                    }
                ),
            }
        );
        var token = (string)(await issued.ShouldBeAsync(HttpStatusCode.Created))["token"]!;

        using var redeemed = await atEdge.PostAsJsonAsync("/v1/downloads", new { token });
        var session = await redeemed.ShouldBeAsync(HttpStatusCode.Created);
        using var again = await atEdge.PostAsJsonAsync("/v1/downloads", new { token });
        await again.ShouldBeAsync(HttpStatusCode.Conflict);

        atEdge.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var bytes = await atEdge.GetByteArrayAsync($"/v1/downloads/{session["id"]}");
        Assert.Equal((string?)session["release"]!["sha256"], Convert.ToHexStringLower(SHA256.HashData(bytes)));

        var owner = await TokenAsync(atGateway, "demo-admin", new() { ["grant_type"] = "client_credentials" });
        using var recalled = await PostAsync(atGateway, owner, "/v1/apps/call-recorder/recall", new { reason = "Test.", tenants = new[] { "*" } });
        await recalled.ShouldBeAsync(HttpStatusCode.OK);
        using var after = await atEdge.GetAsync($"/v1/downloads/{session["id"]}");
        await after.ShouldBeAsync(HttpStatusCode.Gone);
    }

    private static async Task<string> TokenAsync(HttpClient gateway, string client, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{client}:demo-secret"))
        );
        using var answer = await gateway.SendAsync(request);
        return (string)(await answer.ShouldBeAsync(HttpStatusCode.OK))["access_token"]!;
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient gateway, string token, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await gateway.SendAsync(request);
    }
}
