using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Entitlements.Client.Wire;
using Entitlements.Edge;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Downloads;
using Microsoft.AspNetCore.Http;

namespace Entitlements.Gateway.Tests.Downloads;

/// <summary>The edge as it runs alone, before a stub of the gateway's wire and of its provider.</summary>
public sealed class StandaloneEdgeTests
{
    private static readonly byte[] Bytes = DownloadTests.Content(1_500_000);

    [Fact]
    public async Task It_finds_the_token_endpoint_redeems_opens_and_streams()
    {
        var root = Directory.CreateTempSubdirectory("edge-").FullName;
        var digested = await BlockDigests.ComputeAsync(new MemoryStream(Bytes), default);
        var path = Path.Combine(root, digested.Sha256.StorePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, Bytes);
        var secret = Path.Combine(root, "secret");
        await File.WriteAllTextAsync(secret, "s:e cret\n");
        var session = SessionId.New();
        var asked = new ConcurrentQueue<string>();
        var first = true;
        await using var gateway = await StubServer.StartAsync(async context =>
        {
            var origin = $"http://{context.Request.Host}";
            var request = $"{context.Request.Path} {context.Request.Headers.Authorization}";
            asked.Enqueue(request);
            var authorized = context.Request.Headers.Authorization == "Bearer edge-token";
            var answer = context.Request.Path.Value switch
            {
                "/.well-known/oauth-protected-resource" => Results.Json(new { authorization_servers = new[] { $"{origin}/idp" } }),
                "/.well-known/oauth-authorization-server/idp" => Results.Json(new { issuer = $"{origin}/idp", token_endpoint = $"{origin}/idp/token" }),
                "/idp/token" => Results.Json(new { access_token = Interlocked.Exchange(ref first, false) ? "stale" : "edge-token", expires_in = 600 }),
                _ when !authorized => Results.StatusCode(401),
                "/v1/edge/redemptions" => Results.Json(
                    new EdgeRedemption(session, DateTimeOffset.UnixEpoch.AddYears(60), Release(digested)),
                    WireJson.Default.EdgeRedemption,
                    statusCode: 201
                ),
                _ when context.Request.Path == $"/v1/edge/sessions/{session}/open" => Results.Json(
                    new EdgeOpened(digested.Sha256.Hex, digested.Size, "a.apk", "text/plain", digested.Blocks.Bytes.ToArray(), 2),
                    WireJson.Default.EdgeOpened
                ),
                _ => Results.NotFound(),
            };
            await answer.ExecuteAsync(context);
        });
        await using var edge = EdgeProgram.Create([
            $"--Edge:Gateway={gateway.Origin}",
            "--Edge:ClientId=edge one",
            $"--Edge:ClientSecretFile={secret}",
            $"--Artifacts:Root={root}",
            "--Urls=http://127.0.0.1:0",
        ]);
        await edge.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(edge.Urls.First()) };

        using var redeemed = await http.PostAsync("/v1/downloads", JsonContent.Create(new RedeemRequest("a.b.c"), WireJson.Default.RedeemRequest));
        Assert.Equal((HttpStatusCode.Created, $"/v1/downloads/{session}"), (redeemed.StatusCode, redeemed.Headers.Location?.ToString()));
        Assert.True(redeemed.Headers.Contains("X-Request-ID"));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a.b.c");
        Assert.True((await http.GetByteArrayAsync($"/v1/downloads/{session}")).AsSpan().SequenceEqual(Bytes));
        using var stranger = await http.GetAsync($"/v1/downloads/{SessionId.New()}");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var nowhere = await http.GetAsync("/elsewhere");
        Assert.Equal("application/problem+json", nowhere.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready"));
        Assert.Contains($"/idp/token Basic {Convert.ToBase64String("edge%20one:s%3Ae%20cret"u8)}", asked);
        Assert.Equal(2, asked.Count(one => one.StartsWith("/idp/token", StringComparison.Ordinal))); // a refused one is renewed once, then kept

        await gateway.DisposeAsync();
        using var alone = await http.GetAsync($"/v1/downloads/{session}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, alone.StatusCode);
        await edge.StopAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_in_one_message()
    {
        var said = new StringWriter();
        var before = Console.Error;
        Console.SetError(said);
        try
        {
            Assert.Equal(
                78,
                await EdgeProgram.Main([
                    "--Edge:Gateway=http://gateway.example",
                    "--Artifacts:Root=a",
                    "--Artifacts:Origin=ftp://b",
                    "--Urls=http://127.0.0.1:0",
                ])
            );
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.All(
            ["Edge:Gateway", "Edge:ClientId", "Edge:ClientSecretFile", "Artifacts:Root and", "Artifacts:Origin must"],
            fault => Assert.Contains(fault, said.ToString(), StringComparison.Ordinal)
        );
    }

    private static ReleaseSummary Release(DigestedContent digested) => new("1.0", "android", digested.Sha256.Hex, digested.Size);
}
