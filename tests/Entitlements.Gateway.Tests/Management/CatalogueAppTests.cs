using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Management;

public sealed class CatalogueAppTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_draft_is_made_at_once_and_read_back_by_its_tenant_alone(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var owner = gateway.As("north-app-owner");
        var made = await owner.PutAsync("/v1/apps/call-recorder", CatalogueActs.App(highRisk: true));
        Assert.True((long)(await made.ShouldBeAsync(HttpStatusCode.OK))["revision"]! > 0);

        var read = await owner.GetAsync("/v1/apps/call-recorder");
        Assert.Equal("\"1\"", read.Headers.ETag!.ToString());
        Assert.True((bool)(await read.ShouldBeAsync(HttpStatusCode.OK))["person_proof"]!); // on with high risk

        using var south = gateway.As("south-app-owner");
        var (hidden, unknown) = (await south.GetAsync("/v1/apps/call-recorder"), await south.GetAsync("/v1/apps/no-such-app"));
        Assert.Equal(await Shape(unknown), await Shape(hidden));
        Assert.Empty((await (await south.GetAsync("/v1/apps")).ShouldBeAsync(HttpStatusCode.OK))["items"]!.AsArray());
        Assert.Single((await (await owner.GetAsync("/v1/apps?limit=1")).ShouldBeAsync(HttpStatusCode.OK))["items"]!.AsArray());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Taken_reserved_and_look_alike_ids_are_refused_alike(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var north = gateway.As("north-app-owner");
        using var south = gateway.As("south-app-owner");
        await (await north.PutAsync("/v1/apps/call-recorder", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        var answers = new List<string>();
        foreach (var id in new[] { "call-recorder", "callrecorder", "ca11-rec0rder", "call_recorder.", "platform", "p1atform" })
        {
            answers.Add(await Shape(await south.PutAsync($"/v1/apps/{id}", CatalogueActs.App("south"))));
        }
        Assert.Single(answers.Distinct());
        Assert.StartsWith("409", answers[0], StringComparison.Ordinal);
        foreach (var id in new[] { "Call-Recorder", "c%D0%B0ll-recorder", "call-recorder%E2%80%8B", "%E2%84%AA", "-x", new string('a', 65) })
        {
            Assert.Equal("invalid_id", await (await south.PutAsync($"/v1/apps/{id}", CatalogueActs.App("south"))).CodeAsync(HttpStatusCode.BadRequest));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_an_app_owner_makes_apps_and_only_for_their_own_tenant(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var north = gateway.As("north-app-owner");
        await (await north.PutAsync("/v1/apps/theirs", CatalogueActs.App("south"))).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await north.PutAsync("/v1/apps/theirs", CatalogueActs.App("platform"))).ShouldBeAsync(HttpStatusCode.NotFound);
        foreach (var other in new[] { "north-approver-1", "north-role-admin", "north-dpo", "north-auditor", "platform-admin-1" })
        {
            using var http = gateway.As(other);
            await (await http.PutAsync("/v1/apps/mine", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.Forbidden);
        }
        await (
            await north.PutAsync(
                "/v1/apps/mine",
                new
                {
                    name = "Mine",
                    owner = "north",
                    high_risk = false,
                    tenantId = "south",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (
            await north.PutAsync(
                "/v1/apps/mine",
                new
                {
                    name = " ",
                    owner = "north",
                    high_risk = false,
                    distribution = "managed-store",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Altering_an_app_that_a_rule_reaches_waits_for_a_vote_where_it_widens(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        using var owner = gateway.As("north-app-owner");

        Assert.Equal("precondition_required", await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App())).CodeAsync((HttpStatusCode)428));
        Assert.Equal(
            "precondition_failed",
            await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App(), "\"9\"")).CodeAsync(HttpStatusCode.PreconditionFailed)
        );

        var narrowed = await (await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App(highRisk: true), "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)narrowed["effective"]!);
        Assert.Equal("may_not", await gateway.StandingAsync("constable", "notebook")); // no assessment
        Assert.True(await gateway.InDatabaseAsync(async db => (await db.Roles.FindAsync("north", "officer"))!.Restricted)); // by force

        await gateway.PublishAsync(await owner.PutAsync("/v1/apps/notebook", CatalogueActs.App(), "\"2\""), "north-approver-1", "north-dpo");
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_listed_app_can_be_adopted_and_giving_it_up_takes_the_rules_along(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("south", "officer");
        using var north = gateway.As("north-app-owner");
        using var south = gateway.As("south-app-owner");
        await (await north.PutAsync("/v1/apps/shared", CatalogueActs.App())).ShouldBeAsync(HttpStatusCode.OK);
        await (await north.PutAsync("/v1/apps/secret", CatalogueActs.App(name: "Secret", visibility: "hidden"))).ShouldBeAsync(HttpStatusCode.OK);

        var rule = new { roles = new[] { "officer" } };
        Assert.Equal(
            await Shape(await south.PutAsync("/v1/apps/nothing/rules/south", rule)),
            await Shape(await south.PutAsync("/v1/apps/shared/rules/south", rule))
        );
        Assert.Equal(
            await Shape(await south.PutAsync("/v1/apps/nothing/adoptions/south", new { })),
            await Shape(await south.PutAsync("/v1/apps/secret/adoptions/south", new { }))
        );
        await (await north.PutAsync("/v1/apps/shared/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.NotFound);

        await (await south.PutAsync("/v1/apps/shared/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await south.GetAsync("/v1/apps/shared")).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.PublishAsync(await south.PutAsync("/v1/apps/shared/rules/south", rule), "south-approver-1");
        await (await south.GetAsync("/v1/apps/shared/rules/south")).ShouldBeAsync(HttpStatusCode.OK);

        await (await south.DeleteAsync("/v1/apps/shared/adoptions/south?reason=over")).ShouldBeAsync(HttpStatusCode.OK);
        await (await south.PutAsync("/v1/apps/shared/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await south.GetAsync("/v1/apps/shared/rules/south")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_resource_type_waits_for_another_platform_administrator(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var admin = gateway.As("platform-admin-1");
        await (await admin.PutAsync("/v1/resource-types/app", new { actions = new[] { "read" } })).ShouldBeAsync(HttpStatusCode.BadRequest);
        var proposed = await admin.PutAsync("/v1/resource-types/record", new { actions = new[] { "read", "edit" } });
        var change = await proposed.ChangeAsync();
        Assert.Equal("own_change", await (await gateway.VoteAsync(change, "platform-admin-1")).CodeAsync(HttpStatusCode.Forbidden));
        await (await gateway.VoteAsync(change, "platform-admin-2")).ShouldBeAsync(HttpStatusCode.OK);

        await gateway.AddRoleAsync("north", "clerk");
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/case-file?type=record", CatalogueActs.App(name: "Case file"))).ShouldBeAsync(HttpStatusCode.OK);
        var rule = new
        {
            roles = new[] { "clerk" },
            conditions = new[]
            {
                new
                {
                    on = "resource",
                    property = "closed",
                    equal_to = false,
                },
            },
        };
        Assert.Equal(
            "action_unknown",
            await (await owner.PutAsync("/v1/apps/case-file/rules/north?type=record&action=burn", rule)).CodeAsync(HttpStatusCode.BadRequest)
        );
        await gateway.PublishAsync(await owner.PutAsync("/v1/apps/case-file/rules/north?type=record&action=edit", rule), "north-approver-1");
        Assert.Equal(
            "none",
            (string)(await (await owner.GetAsync("/v1/apps/case-file/rules/north?type=record&action=edit")).ShouldBeAsync(HttpStatusCode.OK))["device"]!
        );
        await (await admin.PutAsync("/v1/resource-types/record", new { actions = new[] { "read" } }, "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <summary>Status and type: what a caller could tell two refusals apart by.</summary>
    private static async Task<string> Shape(HttpResponseMessage response)
    {
        var body = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return $"{(int)response.StatusCode} {body["type"]} {body["title"]} {body["detail"]}";
    }
}
