using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>A release that can do more than was assessed waits, and what was current stays.</summary>
public sealed class ReleaseHoldTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_release_that_can_do_more_than_was_assessed_is_held_and_the_current_one_stays(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        var refusal = await (await owner.ReleaseAsync("1.0", Microphone, Internet)).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.Equal(
            ("urn:entitlements:problem:release_held", Microphone),
            ((string)refusal["type"]!, (string)Assert.Single(refusal["uncovered"]!.AsArray())!)
        );
        Assert.Equal("held", await owner.StateAsync("1.0"));
        Assert.Equal(Microphone, (string)Assert.Single((await owner.ReadReleaseAsync("1.0"))["uncovered"]!.AsArray())!);

        await gateway.AssessAsync("north", Microphone);
        Assert.Equal("draft", await owner.StateAsync("1.0")); // assessed, and published by nobody
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", Microphone, Internet), "north-approver-1", "north-dpo");
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");
        Assert.Equal("1.0", await gateway.CurrentAsync());

        Assert.Equal("release_held", await (await owner.ReleaseAsync("2.0", Microphone, CallLog)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("1.0", await gateway.CurrentAsync());
        Assert.Equal(["release_not_available"], await gateway.ReasonsAsync("2.0"));
        await gateway.AssessAsync("north", Microphone, CallLog);
        Assert.Equal(["release_not_available"], await gateway.ReasonsAsync("2.0")); // what is assessed is not yet published
        Assert.Equal("1.0", await gateway.CurrentAsync());
        await gateway.PublishAsync(await owner.ReleaseAsync("2.0", Microphone, CallLog), "north-approver-1", "north-dpo");
        Assert.Equal("2.0", await gateway.CurrentAsync());

        await gateway.NarrowAsync("north", Microphone); // looked at again, and not as it should be: the older one serves
        Assert.Equal("1.0", await gateway.CurrentAsync());
        Assert.Equal(["release_held"], await gateway.ReasonsAsync("2.0"));
        Assert.Empty(await gateway.ReasonsAsync());
        await gateway.NarrowAsync("north");
        Assert.Equal(["release_held"], await gateway.ReasonsAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_force_that_has_assessed_less_keeps_the_release_that_it_has_assessed(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        await PublishBothAsync(gateway);
        await gateway.AssessAsync("south", Microphone);
        foreach (var force in new[] { "north", "south" })
        {
            await gateway.AddRoleAsync(force, "listener");
            await gateway.AddPersonAsync(force, $"{force}-listener", "listener");
            await gateway.OpenRecorderAsync(force, "listener", $"{force}-approver-1", $"{force}-dpo");
        }
        Assert.Equal("2.0", await gateway.CurrentAsync("north-listener"));
        Assert.Equal("1.0", await gateway.CurrentAsync("south-listener"));
        Assert.Equal(["release_held"], await gateway.ReasonsAsync("2.0", "south-listener"));
        await gateway.AssessAsync("south", Microphone, CallLog);
        Assert.Equal("2.0", await gateway.CurrentAsync("south-listener"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_ends_a_hold_is_voted_on_by_somebody_who_gains_nothing_and_is_shown_how_many_do(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        await PublishBothAsync(gateway);
        await gateway.AssessAsync("south");
        await gateway.AddRoleAsync("south", "listener");
        await gateway.AddPersonAsync("south", "south-listener", "listener");
        await gateway.OpenRecorderAsync("south", "listener", "south-approver-1", "south-dpo");
        await gateway.AddPersonAsync("south", "south-dpo-2", "data-protection-officer", "listener");
        Assert.Equal(["release_held"], await gateway.ReasonsAsync(subject: "south-listener"));

        var change = await (await gateway.ProposeAssessmentAsync("south", Microphone)).ChangeAsync();
        Assert.Equal(["release_held"], await gateway.ReasonsAsync(subject: "south-listener"));
        using var dpo = gateway.As("south-dpo");
        var audience = (await dpo.ReadAsync($"/v1/changes/{change}"))["audience"]!;
        Assert.Equal((0, 2), ((int)audience["before"]!, (int)audience["after"]!));
        await (await gateway.VoteAsync(change, "south-approver-1")).ShouldBeAsync(HttpStatusCode.OK); // one of two
        Assert.Equal("not_a_voter", await (await gateway.VoteAsync(change, "south-approver-2")).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("own_change", await (await VoteAsOwnerAsync(gateway, change)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("voter_gains", await (await gateway.VoteAsync(change, "south-dpo-2")).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal(["release_held"], await gateway.ReasonsAsync(subject: "south-listener"));
        await (await dpo.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("1.0", await gateway.CurrentAsync("south-listener"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_release_that_was_proposed_when_it_was_covered_is_not_published_when_it_no_longer_is(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database);
        using var owner = gateway.As("north-app-owner");
        await gateway.AssessAsync("north", Microphone);
        var change = await (await owner.ReleaseAsync("1.0", Microphone)).ChangeAsync();
        await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.NarrowAsync("north");
        Assert.Equal("change_moved", await (await gateway.VoteAsync(change, "north-dpo")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("held", await owner.StateAsync("1.0"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_app_that_nobody_called_high_risk_learns_to_listen_no_sooner_than_that_was_assessed(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database, highRisk: false);
        using var owner = gateway.As("north-app-owner");
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", "com.example.permission.ANYTHING"), "north-approver-1");
        Assert.Equal("release_held", await (await owner.ReleaseAsync("2.0", Microphone)).CodeAsync(HttpStatusCode.Conflict));
        await gateway.CoverAsync("north", Microphone);
        await gateway.PublishAsync(await owner.ReleaseAsync("2.0", Microphone), "north-approver-1");
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_hold_ends_tokens_and_downloads_of_that_release(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        await CoverAsync(world, Microphone);
        var (spent, url) = await world.SessionAsync();
        var unspent = await world.TokenAsync();
        await CoverAsync(world);
        var gone = await (await world.RedeemAsync(unspent)).ShouldBeAsync(HttpStatusCode.Gone);
        Assert.Equal("release_held", (string)gone["context"]!["reasons"]![0]!["code"]!);
        Assert.Equal(HttpStatusCode.Gone, (await world.FetchAsync(url, spent)).StatusCode);
        var refused = await (await world.AskAsync()).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("release_held", (string)refused["context"]!["reasons"]![0]!["code"]!);
    }

    /// <summary>1.0 listens, 2.0 reads the call log besides; north has assessed both, south has taken the app up.</summary>
    private static async Task PublishBothAsync(TestGateway gateway)
    {
        using var owner = gateway.As("north-app-owner");
        using var south = gateway.As("south-app-owner");
        await gateway.AssessAsync("north", Microphone, CallLog);
        await (await south.PutAsync("/v1/apps/recorder/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", Microphone), "north-approver-1", "north-dpo");
        await gateway.PublishAsync(await owner.ReleaseAsync("2.0", Microphone, CallLog), "north-approver-1", "north-dpo");
    }

    private static async Task<HttpResponseMessage> VoteAsOwnerAsync(TestGateway gateway, string change)
    {
        await gateway.InDatabaseAsync(async db =>
        {
            var owner = await db.Subjects.SingleAsync(s => s.Id == "south-app-owner");
            db.Assignments.Add(
                new()
                {
                    Tenant = "south",
                    Role = "data-protection-officer",
                    SubjectKey = owner.Key,
                    NotBefore = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        return await gateway.VoteAsync(change, "south-app-owner");
    }

    /// <summary>The release listens; the assessment covers just this.</summary>
    private static Task CoverAsync(IssuingWorld world, params string[] covers) =>
        world.ReviseAsync(async db =>
        {
            (await db.Releases.SingleAsync(r => r.App == "recorder")).Capabilities = [Microphone];
            (await db.Assessments.SingleAsync(a => a.App == "recorder")).Covers = [.. covers];
        });
}
