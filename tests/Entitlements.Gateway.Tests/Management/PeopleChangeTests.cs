using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

[Collection(nameof(PeopleGateways))]
public sealed class PeopleChangeTests(PeopleGateways gateways)
{
    /// <summary>A restricted role, a person, and the proposed assignment of the one to the other.</summary>
    private async Task<(TestGateway Gateway, HttpClient Admin, string Change, string Role, string Person)> ProposedAsync(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var admin = gateway.As("north-role-admin");
        var (role, person) = (gateways.New("res"), gateways.New("cand"));
        await gateway.AddPersonAsync("north", person);
        await (
            await admin.PutAsync(
                $"/v1/tenants/north/roles/{role}",
                new
                {
                    name = role,
                    restricted = true,
                    establishment = 1,
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{person}?reason=needed", new { })).ChangeAsync();
        return (gateway, admin, change, role, person);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Changes_are_paged_newest_first_and_each_is_shown_once(string database)
    {
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            made.Insert(0, (await ProposedAsync(database)).Change);
        }
        using var auditor = (await gateways.OnAsync(database)).As("north-auditor");
        var shown = new List<string>();
        string? cursor = null;
        do
        {
            var page = await auditor.ReadAsync($"/v1/changes?tenant=north&state=proposed&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            shown.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));
            cursor = page["next_cursor"]?.GetValue<string>();
        } while (cursor is not null);
        Assert.Equal(shown.Distinct(), shown);
        Assert.Equal(made, shown.Where(made.Contains));
        Assert.Equal("invalid_cursor", await (await auditor.GetAsync("/v1/changes?cursor=bm9uZQ")).CodeAsync(HttpStatusCode.BadRequest));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_second_account_of_the_proposer_does_not_make_a_second_person(string database)
    {
        var (gateway, _, change, _, _) = await ProposedAsync(database);
        var second = gateways.New("second");
        await gateway.AddPersonAsync("north", second, "approver");
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == second).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, "person-of-north-role-admin"))
        );
        Assert.Equal("own_change", await (await gateway.As(second).VoteAsync(change)).CodeAsync(HttpStatusCode.Forbidden));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_vote_on_another_hash_or_count_is_refused_and_decides_nothing(string database)
    {
        var (gateway, _, change, _, _) = await ProposedAsync(database);
        using var approver = gateway.As("north-approver-1");
        var shown = await approver.ReadAsync($"/v1/changes/{change}");
        Assert.Equal("change_moved", await (await approver.VoteAsync(change, new string('0', 64), shown["audience"]!)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(
            "change_moved",
            await (
                await approver.VoteAsync(change, shown["hash"]!.GetValue<string>(), new System.Text.Json.Nodes.JsonObject { ["before"] = 0, ["after"] = 9 })
            ).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal("proposed", (await approver.ReadAsync($"/v1/changes/{change}"))["state"]!.GetValue<string>());
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_who_holds_an_open_place_in_the_quorum_votes_and_another_force_finds_no_change(string database)
    {
        var (gateway, _, change, _, _) = await ProposedAsync(database);
        using var auditor = gateway.As("north-auditor");
        var shown = await auditor.ReadAsync($"/v1/changes/{change}");
        var hash = shown["hash"]!.GetValue<string>();
        Assert.Equal("not_a_voter", await (await auditor.VoteAsync(change, hash, shown["audience"]!)).CodeAsync(HttpStatusCode.Forbidden));
        using var south = gateway.As("south-approver-1");
        await (await south.VoteAsync(change, hash, shown["audience"]!)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("proposed", (await auditor.ReadAsync($"/v1/changes/{change}"))["state"]!.GetValue<string>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_change_that_nobody_decided_in_time_is_not_decided_later(string database)
    {
        var (gateway, admin, change, role, person) = await ProposedAsync(database);
        var past = TimeProvider.System.GetUtcNow();
        await gateway.InDatabaseAsync(db => db.Changes.Where(c => c.Id == change).ExecuteUpdateAsync(set => set.SetProperty(c => c.ExpiresAt, past)));
        using var approver = gateway.As("north-approver-1");
        Assert.Equal("change_expired", await (await approver.VoteAsync(change)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("expired", (await approver.ReadAsync($"/v1/changes/{change}"))["state"]!.GetValue<string>());
        await (await admin.GetAsync($"/v1/tenants/north/roles/{role}/assignments/{person}")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_target_that_moved_ends_the_change(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{gateways.New("mov")}";
        await (await admin.PutAsync(path, new { name = path[24..], establishment = 3 })).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await admin.PutAsync(path, new { name = path[24..], establishment = 30 }, await admin.ETagAsync(path))).ChangeAsync();
        await (await admin.PutAsync(path, new { name = path[24..], establishment = 2 }, await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        using var approver = gateway.As("north-approver-1");
        Assert.Equal("change_moved", await (await approver.VoteAsync(change)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("moved", (await approver.ReadAsync($"/v1/changes/{change}"))["state"]!.GetValue<string>());
        Assert.Equal(2, (await admin.ReadAsync(path))["establishment"]!.GetValue<int>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task One_reject_ends_it_and_only_its_proposer_withdraws_it(string database)
    {
        var (gateway, admin, change, role, person) = await ProposedAsync(database);
        using var approver = gateway.As("north-approver-1");
        Assert.Equal("rejected", (await (await approver.VoteAsync(change, "reject")).ShouldBeAsync(HttpStatusCode.OK))["state"]!.GetValue<string>());
        Assert.Equal("change_decided", await (await gateway.As("north-approver-2").VoteAsync(change)).CodeAsync(HttpStatusCode.Conflict));
        var again = await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{person}", new { })).ChangeAsync();
        Assert.Equal(
            "not_proposer",
            await (await approver.PostAsJsonAsync($"/v1/changes/{again}/withdraw", new { reason = "no" })).CodeAsync(HttpStatusCode.Forbidden)
        );
        Assert.Equal(
            "withdrawn",
            (await (await admin.PostAsJsonAsync($"/v1/changes/{again}/withdraw", new { reason = "changed my mind" })).ShouldBeAsync(HttpStatusCode.OK))[
                "state"
            ]!.GetValue<string>()
        );
        await (await admin.GetAsync($"/v1/tenants/north/roles/{role}/assignments/{person}")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Two_deciding_votes_at_once_publish_once(string database)
    {
        var (gateway, admin, change, role, person) = await ProposedAsync(database);
        var answers = await Task.WhenAll(gateway.As("north-approver-1").VoteAsync(change), gateway.As("north-approver-2").VoteAsync(change));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Conflict);
        Assert.Single((await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments/{person}"))["windows"]!.AsArray());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_never_votes_and_without_a_person_never_proposes(string database)
    {
        var (gateway, _, change, role, person) = await ProposedAsync(database);
        var client = gateways.New("auto");
        await gateway.RegisterClientAsync(client, ["north"], "manage");
        await gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == client)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, new List<string> { "north/approver", "north/role-admin" }))
        );
        using var robot = gateway.AsClient(client, "manage");
        Assert.Equal("person_required", await (await robot.VoteAsync(change)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal(
            "person_required",
            await (await robot.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{person}", new { })).CodeAsync(HttpStatusCode.Forbidden)
        );
    }
}
