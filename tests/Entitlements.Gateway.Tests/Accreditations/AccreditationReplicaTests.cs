using System.Net;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using static Entitlements.Gateway.Tests.Accreditations.AccreditationActs;

namespace Entitlements.Gateway.Tests.Accreditations;

/// <summary>Decisions from memory, on the replica that did not take the report.</summary>
public sealed class AccreditationReplicaTests(PostgresServer postgres)
{
    [Fact]
    public async Task What_a_report_gives_and_takes_is_so_on_the_other_replica_when_it_is_answered()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        await replicas.First.AddPersonAsync("north", "somebody");
        using var feed = await replicas.First.AddFeedAsync("school");
        await replicas.First.RegisterAsync("school", "school", "refresher");
        Assert.True(await Replicas.MayAsync(replicas.Second));
        using var owner = replicas.First.As("north-app-owner");
        var asks = new
        {
            roles = new[] { "beat" },
            device = "none",
            accreditations = new[] { "refresher" },
        };
        const string Rule = "/v1/apps/notebook/rules/north";
        await (await owner.PutAsync(Rule, asks, await owner.ETagAsync(Rule))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await Replicas.MayAsync(replicas.Second));
        for (var time = 0; time < 5; time++)
        {
            object[] both = [Item("officer", "refresher", Now.AddDays(9)), Item("somebody", "refresher", Now.AddDays(9))];
            await (await feed.ReportAsync("school", "full", both)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.True(await Replicas.MayAsync(replicas.Second));
            await (await feed.ReportAsync("school", "full", [both[1]], confirm: 1)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.False(await Replicas.MayAsync(replicas.Second));
        }
        await (await feed.ReportAsync("school", "partial", [Item("officer", "refresher", Now.AddDays(9))])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await Replicas.MayAsync(replicas.Second));
        using var admin = replicas.First.As("north-role-admin");
        await (await admin.DeleteAsync(Sources("school"), await admin.ETagAsync(Sources("school")))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await Replicas.MayAsync(replicas.Second));
    }
}
