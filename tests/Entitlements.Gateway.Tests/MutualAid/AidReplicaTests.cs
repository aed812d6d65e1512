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
        var other = scene with { Gateway = replicas.Second };
        for (var time = 0; time < 3; time++)
        {
            await scene.LendAsync();
            Assert.Equal("allowed", await other.HearsAsync());
            Assert.Equal("allowed", await other.HearsAsync());
            await scene.EndAtHomeAsync();
            Assert.Equal("not_available", await other.HearsAsync());
            using var home = replicas.First.As("south-role-admin");
            await (await home.PutAsJsonAsync(scene.AtHome, new { })).ShouldBeAsync(HttpStatusCode.OK);
            Assert.Equal("not_available", await other.HearsAsync());
        }
    }
}
