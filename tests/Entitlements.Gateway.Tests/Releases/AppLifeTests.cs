using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>Where an app is in its life is what its bars, releases, assessment and rules come to, and each tenant has its own.</summary>
public sealed class AppLifeTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_app_goes_from_draft_to_live_and_out_by_steps_that_others_vote_on(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        Assert.Equal("draft: assessment release rule", await LifeAsync());

        var assessment = await (await gateway.ProposeAssessmentAsync("north", Microphone)).ChangeAsync();
        Assert.Equal("in-assessment: assessment release rule", await LifeAsync());
        await (await gateway.VoteAsync(assessment, "north-dpo", "reject")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("draft: assessment release rule", await LifeAsync());
        await gateway.AssessAsync("north", Microphone);
        Assert.Equal("approved: release rule", await LifeAsync());

        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", Microphone), "north-approver-1", "north-dpo");
        Assert.Equal("approved: rule", await LifeAsync());
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");
        Assert.Equal("live:", await LifeAsync());
        using var south = gateway.As("south-app-owner");
        await (await south.GetAsync("/v1/apps/recorder/life/south")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.PutAsync("/v1/apps/recorder/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("draft", (string)(await south.ReadAsync("/v1/apps/recorder/life/south"))["state"]!);

        await gateway.NarrowAsync("north"); // the release can do more than that
        Assert.Equal("approved: release", await LifeAsync());
        await gateway.AssessAsync("north", Microphone);
        Assert.Equal("live:", await LifeAsync());

        await ActAsync("suspend");
        Assert.Equal("suspended:", await LifeAsync());
        await ActAsync("withdraw");
        Assert.Equal("withdrawn:", await LifeAsync());
        await ActAsync("recall");
        Assert.Equal("recalled:", await LifeAsync());

        async Task ActAsync(string act) =>
            await (await owner.PostAsJsonAsync($"/v1/apps/recorder/{act}", new { reason = "looked into" })).ShouldBeAsync(HttpStatusCode.OK);
        async Task<string> LifeAsync()
        {
            var life = await owner.ReadAsync("/v1/apps/recorder/life/north");
            return $"{life["state"]}:{string.Concat(life["missing"]!.AsArray().Select(m => $" {m}"))}";
        }
    }
}
