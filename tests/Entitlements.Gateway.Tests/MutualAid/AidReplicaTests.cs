using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.MutualAid;

/// <summary>Decisions from memory, on the replica that did not take the write, in the tenant that did not either.</summary>
public sealed class AidReplicaTests(PostgresServer postgres)
{
    [Fact]
    public async Task What_ends_in_the_home_ends_in_the_host_on_the_other_replica_when_it_is_answered()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var scene = new AidScene(replicas.First, "beat", "patrol", "notebook", "guest");
        await replicas.First.AddRoleAsync("south", scene.Right);
        await replicas.First.AddPersonAsync("south", scene.Person, scene.Right);
        await scene.DeclareAsync();
        async Task<bool> MayAsync() => // the store asks: a guest who asks themself is looked up on each call
            (bool)(await (await Replicas.AskAsync(replicas.Second, person: scene.Person)).ShouldBeAsync(HttpStatusCode.OK))["decision"]!;
        Assert.False(await MayAsync());
        for (var time = 0; time < 3; time++)
        {
            await scene.LendAsync();
            Assert.True(await MayAsync());
            Assert.True(await MayAsync());
            await scene.EndAtHomeAsync();
            Assert.False(await MayAsync());
            using var home = replicas.First.As("south-role-admin");
            await (await home.PutAsJsonAsync(scene.AtHome, new { })).ShouldBeAsync(HttpStatusCode.OK);
            Assert.False(await MayAsync());
        }
    }
}
