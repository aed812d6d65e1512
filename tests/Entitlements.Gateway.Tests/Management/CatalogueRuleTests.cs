using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

public sealed class CatalogueRuleTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rule_opens_by_a_vote_narrows_at_once_and_shuts_when_deleted(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.OpenAppAsync("notebook", "officer");
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
        Assert.Equal("may_request", await gateway.StandingAsync("north-crowd-0", "notebook"));
        using var owner = gateway.As("north-app-owner");
        Assert.Equal(1, (int)(await (await owner.GetAsync("/v1/apps/notebook/rules/north")).ShouldBeAsync(HttpStatusCode.OK))["approved_audience"]!);

        var narrowed = await (
            await owner.PutAsync("/v1/apps/notebook/rules/north", new { roles = Array.Empty<string>(), device = "none" }, "\"1\"")
        ).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)narrowed["effective"]!);
        Assert.Equal("may_not", await gateway.StandingAsync("constable", "notebook")); // empty means nobody

        await gateway.PublishAsync(
            await owner.PutAsync("/v1/apps/notebook/rules/north", new { roles = new[] { "officer" }, device = "none" }, "\"2\""),
            "north-approver-2",
            "north-dpo"
        );
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
        await (await owner.DeleteAsync("/v1/apps/notebook/rules/north?reason=over", "\"3\"")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("no_rule", (string)(await gateway.ListingAsync("constable", "notebook"))!["reasons"]![0]!["code"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rule_is_loud_when_written(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("role_unknown", await (await RuleAsync(new { roles = new[] { "no-such-role" } })).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("role_unknown", await (await RuleAsync(new { roles = new[] { "approver" } })).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal(
            "conditions_not_allowed",
            await (
                await RuleAsync(
                    new
                    {
                        roles = new[] { "officer" },
                        conditions = new[]
                        {
                            new
                            {
                                on = "subject",
                                property = "x",
                                equal_to = 1,
                            },
                        },
                    }
                )
            ).CodeAsync(HttpStatusCode.BadRequest)
        );
        await (await RuleAsync(new { roles = "officer" })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await RuleAsync(new { roles = new[] { "officer" }, device = "any" })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await owner.PutAsync("/v1/apps/notebook/rules/south", new { roles = Array.Empty<string>() })).ShouldBeAsync(HttpStatusCode.NotFound);

        Task<HttpResponseMessage> RuleAsync(object rule) => owner.PutAsync("/v1/apps/notebook/rules/north", rule);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_two_votes_at_once_on_one_change_one_publishes_it(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await owner.PutAsync("/v1/apps/notebook/rules/north", new { roles = new[] { "officer" } })).ChangeAsync();
        var answers = await Task.WhenAll(gateway.VoteAsync(change, "north-approver-1"), gateway.VoteAsync(change, "north-approver-2"));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
        Assert.Equal("\"1\"", (await owner.GetAsync("/v1/apps/notebook/rules/north")).Headers.ETag!.ToString());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_change_that_reaches_more_people_than_it_showed_is_not_decided(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.OpenAppAsync("notebook", "officer");
        using var owner = gateway.As("north-app-owner");
        const string Rule = "/v1/apps/notebook/rules/north";
        await (await owner.PutAsync(Rule, new { roles = Array.Empty<string>(), device = "none" }, "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await owner.PutAsync(Rule, new { roles = new[] { "officer" }, device = "none" }, "\"2\"")).ChangeAsync();
        await gateway.AddPersonAsync("north", "late-officer", "officer"); // the rule is as it was, whom it would reach is not
        Assert.Equal("change_moved", await (await gateway.VoteAsync(change, "north-approver-2")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("\"2\"", await owner.ETagAsync(Rule));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_would_gain_by_it_may_reject_a_change_that_reaches_few_but_not_approve_it(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.OpenAppAsync("notebook", "officer");
        await gateway.AddRoleAsync("north", "sergeant");
        await gateway.AddPersonAsync("north", "second-account", "sergeant");
        await gateway.InDatabaseAsync(async db =>
        {
            var voter = await db.Subjects.Where(s => s.Id == "north-approver-2").Select(s => s.Person).SingleAsync();
            return await db.Subjects.Where(s => s.Id == "second-account").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, voter));
        });
        using var owner = gateway.As("north-app-owner");
        var rule = new { roles = new[] { "officer", "sergeant" }, device = "none" };
        var change = await (await owner.PutAsync("/v1/apps/notebook/rules/north", rule, "\"1\"")).ChangeAsync();
        Assert.Equal("voter_gains", await (await gateway.VoteAsync(change, "north-approver-2")).CodeAsync(HttpStatusCode.Forbidden));
        var ended = await (await gateway.VoteAsync(change, "north-approver-2", "reject")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("rejected", (string)ended["state"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_second_account_of_a_voter_is_no_second_vote(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/recorder", CatalogueActs.App(name: "Recorder", highRisk: true))).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await owner.PutAsync("/v1/apps/recorder/rules/north", new { roles = new[] { "officer" }, device = "none" })).ChangeAsync();
        await gateway.AddPersonAsync("north", "second-account", "data-protection-officer");
        await gateway.InDatabaseAsync(async db =>
        {
            var voter = await db.Subjects.Where(s => s.Id == "north-approver-1").Select(s => s.Person).SingleAsync();
            return await db.Subjects.Where(s => s.Id == "second-account").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, voter));
        });
        await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("already_voted", await (await gateway.VoteAsync(change, "second-account")).CodeAsync(HttpStatusCode.Conflict));
        await (await owner.GetAsync("/v1/apps/recorder/rules/north")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_high_risk_app_opens_to_restricted_roles_with_the_dpo_and_an_assessment(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/recorder", CatalogueActs.App(name: "Recorder", highRisk: true))).ShouldBeAsync(HttpStatusCode.OK);
        var upload = await owner.UploadAsync(CatalogueActs.Bytes(10));
        await gateway.PublishAsync(
            await owner.PostAsJsonAsync(
                "/v1/apps/recorder/releases",
                new
                {
                    upload,
                    version = "1.0",
                    platform = "windows",
                    capabilities = Array.Empty<string>(),
                }
            ),
            "north-approver-1",
            "north-dpo"
        );
        await gateway.PublishAsync(
            await owner.PutAsync("/v1/apps/recorder/rules/north", new { roles = new[] { "officer" }, device = "none" }),
            "north-approver-1",
            "north-dpo"
        );
        Assert.True(await gateway.InDatabaseAsync(async db => (await db.Roles.FindAsync("north", "officer"))!.Restricted));
        Assert.Equal("assessment_missing", (string)(await gateway.ListingAsync("constable", "recorder"))!["reasons"]![0]!["code"]!);

        var until = TimeProvider.System.GetUtcNow().AddDays(100).Cut(); // before the rule ends
        await (await AssessAsync("approved", until, grace: "P31D")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal("review_date_past", await (await AssessAsync("approved", DateTimeOffset.UnixEpoch)).CodeAsync(HttpStatusCode.Conflict));
        await gateway.PublishAsync(await AssessAsync("approved", until), "north-approver-1", "north-dpo");
        Assert.Equal("P7D", (string)(await (await owner.GetAsync("/v1/apps/recorder/assessments/north")).ShouldBeAsync(HttpStatusCode.OK))["grace"]!);
        var listing = await gateway.ListingAsync("constable", "recorder");
        Assert.Equal("may_have", (string)listing!["standing"]!);
        Assert.Equal(until, (DateTimeOffset)listing["until"]!);

        await (await AssessAsync("refused", until, seen: "\"1\"")).ShouldBeAsync(HttpStatusCode.OK); // at once
        Assert.Equal("may_not", await gateway.StandingAsync("constable", "recorder"));

        Task<HttpResponseMessage> AssessAsync(string outcome, DateTimeOffset inForceUntil, string grace = "P7D", string? seen = null) =>
            owner.PutAsync(
                "/v1/apps/recorder/assessments/north",
                new
                {
                    outcome,
                    in_force_until = inForceUntil,
                    grace,
                    record = CatalogueActs.Record(),
                    reason = "looked at it",
                },
                seen
            );
    }

    private async Task<TestGateway> StartAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        return gateway;
    }
}
