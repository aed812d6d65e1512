using System.Net;
using System.Net.Http.Headers;
using Entitlements.Edge;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary>An Edge alone holds no key and needs none: what the old key signed goes on, what the new one signs begins.</summary>
public sealed class EdgeRotationTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_edge_serves_tokens_of_either_key(string database)
    {
        await using var world = await KeyWorld.StartAsync(postgres, database);
        var secret = Path.Combine(world.First.Folder, "edge-secret");
        await File.WriteAllTextAsync(secret, "secret");
        await using var edge = EdgeProgram.Create([
            "--Urls=http://127.0.0.1:0",
            $"--Edge:Gateway={world.Last.Url}",
            "--Edge:ClientId=store",
            $"--Edge:ClientSecretFile={secret}",
            $"--Artifacts:Root={Path.Combine(world.First.Folder, "artifacts")}",
            "--Logging:LogLevel:Default=Critical",
        ]);
        await edge.StartAsync();
        using var http = new HttpClient { BaseAddress = new(edge.Urls.First()) };

        await world.RotateAsync();
        await world.LookAsync();
        world.Clock.Advance(KeyWorld.MaxAge + KeySchedule.Spread - TimeSpan.FromMinutes(2));
        var begun = await world.TokenAsync(world.First);
        var session = await RedeemAsync(begun);
        Assert.Equal(world.World.File, await FetchAsync(session, begun));
        var last = await world.TokenAsync(world.First);
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(world.World.File, await FetchAsync(await RedeemAsync(last), last));
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        var fresh = await world.TokenAsync(world.First);
        Assert.NotEqual(KeyWorld.KidOf(last), KeyWorld.KidOf(fresh));
        Assert.Equal(world.World.File, await FetchAsync(await RedeemAsync(fresh), fresh));
        Assert.Equal(world.World.File, await FetchAsync(session, begun));
        await edge.StopAsync();

        async Task<string> RedeemAsync(string token) =>
            (string)(await (await http.PostAsync("/v1/downloads", new { token })).ShouldBeAsync(HttpStatusCode.Created))["id"]!;

        async Task<byte[]> FetchAsync(string id, string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/downloads/{id}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadAsByteArrayAsync();
        }
    }
}
