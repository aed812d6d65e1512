using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Management;

public sealed class CatalogueBarTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Bars_add_up_are_lifted_by_a_vote_and_a_recall_is_final(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        Assert.True((bool)(await (await BarAsync(owner, "withdraw")).ShouldBeAsync(HttpStatusCode.OK))["effective"]!);
        Assert.Equal(["app_withdrawn"], await ReasonsAsync(gateway));
        await (await BarAsync(owner, "suspend")).ShouldBeAsync(HttpStatusCode.OK);
        await (await BarAsync(owner, "suspend")).ShouldBeAsync(HttpStatusCode.OK); // again is harmless
        Assert.Equal(["app_withdrawn", "app_suspended"], await ReasonsAsync(gateway));

        await gateway.PublishAsync(await BarAsync(owner, "resume"), "north-approver-1");
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
        Assert.Equal("nothing_to_lift", await (await BarAsync(owner, "resume")).CodeAsync(HttpStatusCode.Conflict));

        using var dpo = gateway.As("north-dpo");
        await (await BarAsync(dpo, "suspend")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await BarAsync(dpo, "recall")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["app_recalled"], await ReasonsAsync(gateway));
        Assert.Equal("recall_is_final", await (await BarAsync(owner, "resume")).CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_bar_that_comes_between_moves_the_change_that_would_lift(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await BarAsync(owner, "suspend")).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await BarAsync(owner, "resume")).ChangeAsync();
        await (await BarAsync(owner, "withdraw")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("change_moved", await (await gateway.VoteAsync(change, "north-approver-1")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(["app_withdrawn", "app_suspended"], await ReasonsAsync(gateway));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Each_officer_bars_where_they_may_and_nowhere_else(string database)
    {
        await using var gateway = await StartAsync(database);
        using var north = gateway.As("north-app-owner");
        using var south = gateway.As("south-app-owner");
        using var platform = gateway.As("platform-admin-1");
        await (await BarAsync(south, "suspend")).ShouldBeAsync(HttpStatusCode.NotFound); // neither owner nor adopter
        await (await south.PutAsync("/v1/apps/notebook/adoptions/south", new { })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_the_owner", await (await BarAsync(south, "suspend", "*")).CodeAsync(HttpStatusCode.Forbidden));
        await (await BarAsync(south, "suspend", "north")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await BarAsync(south, "suspend")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook")); // the adopter's own tenant only

        await (await BarAsync(platform, "withdraw")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await BarAsync(platform, "suspend")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["app_suspended"], await ReasonsAsync(gateway));
        await (await BarAsync(south, "resume", "*")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await gateway.PublishAsync(await BarAsync(north, "resume", "*"), "north-approver-1");
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
        await (await BarAsync(north, "suspend", "south", "north")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["app_suspended"], await ReasonsAsync(gateway));
        using var auditor = gateway.As("north-auditor");
        await (await BarAsync(auditor, "recall")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await north.PostAsJsonAsync("/v1/apps/notebook/recall", new { })).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_yanked_release_gives_way_to_another_and_comes_back_by_a_vote(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        var upload = await owner.UploadAsync(CatalogueActs.Bytes(2000, seed: 2));
        await gateway.PublishAsync(
            await owner.PostAsJsonAsync(
                "/v1/apps/notebook/releases",
                new
                {
                    upload,
                    version = "2.0",
                    platform = "windows",
                }
            ),
            "north-approver-1"
        );
        Assert.Equal("2.0", await VersionAsync());
        await (await owner.PostAsJsonAsync("/v1/apps/notebook/releases/2.0/windows/yank", new { reason = "broken" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("1.0", await VersionAsync());
        Assert.Equal("yanked", (string)(await (await owner.GetAsync("/v1/apps/notebook/releases/2.0/windows")).ShouldBeAsync(HttpStatusCode.OK))["state"]!);
        await (await owner.PostAsJsonAsync("/v1/apps/notebook/releases/1.0/windows/suspend", new { reason = "broken too" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("may_not", await gateway.StandingAsync("constable", "notebook"));
        await gateway.PublishAsync(await owner.PostAsJsonAsync("/v1/apps/notebook/releases/2.0/windows/resume", new { reason = "mended" }), "north-approver-1");
        Assert.Equal("2.0", await VersionAsync());
        await (await owner.PostAsJsonAsync("/v1/apps/notebook/releases/9.0/windows/yank", new { reason = "none" })).ShouldBeAsync(HttpStatusCode.NotFound);

        async Task<string?> VersionAsync() => (string?)(await gateway.ListingAsync("constable", "notebook"))!["release"]?["version"];
    }

    private static Task<HttpResponseMessage> BarAsync(HttpClient http, string act, params string[] tenants) =>
        http.PostAsJsonAsync(
            $"/v1/apps/notebook/{act}",
            tenants.Length == 0 ? new { reason = "an incident" } : (object)new { reason = "an incident", tenants }
        );

    private static async Task<IEnumerable<string>> ReasonsAsync(TestGateway gateway) =>
        (await gateway.ListingAsync("constable", "notebook"))!["reasons"]!.AsArray().Select(r => (string)r!["code"]!);

    private async Task<TestGateway> StartAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        return gateway;
    }
}
