using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Hosting;

/// <summary>What an operator is shown of a replica.</summary>
public sealed class ReplicaFiguresTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_replica_tells_how_many_decisions_came_from_where_and_how_long_revocations_took()
    {
        await using var gateway = await TestGateway.StartAsync(null, await postgres.CreateDatabaseAsync(), ("Consistency:Mode", "Leased"));
        await gateway.AddCrowdAsync("north");
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "sparrow", "officer");
        await gateway.RegisterClientAsync("north-store", ["north"], "access.evaluate");
        await gateway.OpenAppAsync("notebook", "officer");
        using var store = gateway.AsClient("north-store", "access.evaluate");
        var question = new
        {
            subject = new { type = "user", id = "sparrow" },
            action = new { name = "download" },
            resource = new { type = "app", id = "notebook" },
        };
        for (var i = 0; i < 20; i++)
        {
            await (await store.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK);
        }
        using var owner = gateway.As("north-app-owner");
        await (await owner.PostAsJsonAsync("/v1/apps/notebook/suspend", new { reason = "test" })).ShouldBeAsync(HttpStatusCode.OK);

        using var platform = gateway.As("platform-admin-1");
        var minute = Assert.Single((await platform.ReadAsync("/v1/installation/figures"))["minutes"]!.AsArray())!; // the first look does not wait for a minute
        Assert.True((long)minute["memory"]! >= 19 && (long)minute["truth"]! >= 1, minute.ToJsonString());
        Assert.True((long)minute["judging"]!["count"]! >= 1 && minute["judging"]!["most"] is not null, minute.ToJsonString());
        Assert.True((long)minute["revoking"]!["count"]! >= 1 && minute["revoking"]!["half"] is not null, minute.ToJsonString());
        Assert.Equal("forbidden", await (await owner.GetAsync("/v1/installation/figures")).CodeAsync(HttpStatusCode.Forbidden));
    }
}
