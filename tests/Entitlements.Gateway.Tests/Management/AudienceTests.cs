using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>Before a vote: who would gain and who would lose.</summary>
public sealed class AudienceTests(PostgresServer postgres)
{
    private const string Rule = "/v1/apps/notebook/rules/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Voters_are_shown_by_name_who_gains_and_who_loses_page_by_page(string database)
    {
        await using var gateway = await OpenAsync(database);
        var change = await ProposeAsync(gateway);
        using var approver = gateway.As("north-approver-1");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await approver.ReadAsync($"/v1/changes/{change}/audience?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.Equal((2, 3, 2, 1), ((int)page["before"]!, (int)page["after"]!, (int)page["gains"]!, (int)page["loses"]!));
            Assert.InRange(page["items"]!.AsArray().Count, 1, 2);
            seen.AddRange(page["items"]!.AsArray().Select(i => $"{(string)i!["subject"]!} {(string)i["effect"]!}"));
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);
        Assert.Equal(["old loses", "=new gains", "newer gains"], seen);
        Assert.Equal("invalid_cursor", await (await approver.GetAsync($"/v1/changes/{change}/audience?cursor=eA")).CodeAsync(HttpStatusCode.BadRequest));

        var file = await approver.GetAsync($"/v1/changes/{change}/audience.csv");
        Assert.Equal("text/csv", file.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            ["subject,effect", "old,loses", "\"'=new\",gains", "newer,gains"],
            (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Equal("may_have", await gateway.StandingAsync("old", "notebook")); // tried out, and undone
        Assert.Equal("may_request", await gateway.StandingAsync("newer", "notebook"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_need_not_know_is_told_how_many(string database)
    {
        await using var gateway = await OpenAsync(database);
        var change = await ProposeAsync(gateway);
        using var owner = gateway.As("north-app-owner");
        var told = await owner.ReadAsync($"/v1/changes/{change}/audience");
        Assert.Equal((2, 1, null), ((int)told["gains"]!, (int)told["loses"]!, told["items"]));
        await (await owner.GetAsync($"/v1/changes/{change}/audience.csv")).ShouldBeAsync(HttpStatusCode.Forbidden);
        using var south = gateway.As("south-approver-1");
        await (await south.GetAsync($"/v1/changes/{change}/audience")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync($"/v1/changes/{change}/audience.csv")).ShouldBeAsync(HttpStatusCode.NotFound);
        using var officer = gateway.As("old");
        await (await officer.GetAsync($"/v1/changes/{change}/audience")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_decided_or_has_moved_is_not_tried_out_again(string database)
    {
        await using var gateway = await OpenAsync(database);
        var (first, second) = (await ProposeAsync(gateway), await ProposeAsync(gateway));
        await (await gateway.VoteAsync(first, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        using var dpo = gateway.As("north-dpo");
        Assert.Equal("change_decided", await (await dpo.GetAsync($"/v1/changes/{first}/audience")).CodeAsync(HttpStatusCode.Conflict));
        var now = await dpo.ReadAsync($"/v1/changes/{second}/audience"); // nobody is left to gain
        Assert.Equal((3, 3, 0, 0), ((int)now["before"]!, (int)now["after"]!, (int)now["gains"]!, (int)now["loses"]!));
    }

    /// <summary>Of the notebook's rule: from one role to another, which one of three holds already.</summary>
    private static async Task<string> ProposeAsync(TestGateway gateway)
    {
        using var owner = gateway.As("north-app-owner");
        var seen = await owner.ETagAsync(Rule);
        return await (await owner.PutAsync(Rule, new { roles = new[] { "newcomer" }, device = "none" }, seen)).ChangeAsync();
    }

    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        foreach (var role in new[] { "veteran", "newcomer" })
        {
            await gateway.AddRoleAsync("north", role);
        }
        await gateway.AddPersonAsync("north", "old", "veteran");
        await gateway.AddPersonAsync("north", "both", "veteran", "newcomer");
        await gateway.AddPersonAsync("north", "=new", "newcomer");
        await gateway.AddPersonAsync("north", "newer", "newcomer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "veteran");
        return gateway;
    }
}
