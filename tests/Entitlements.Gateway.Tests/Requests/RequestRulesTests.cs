using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Who may not vote, and what takes the ground from under a request.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestRulesTests(RequestGateways gateways)
{
    private static Task<int> IsPersonAsync(RequestWorld world, string account, string person) =>
        world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == account).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, person)));

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "38"), Trait("Abuse", "39")]
    public async Task Abuse_38_39_an_approver_does_not_decide_on_a_request_of_their_own_from_any_account(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.RoleAsync();
        var (first, second) = (await world.PersonAsync("approver"), await world.PersonAsync("approver"));
        await IsPersonAsync(world, second, $"person-of-{first}");
        var id = await world.AskedAsync(first, role);
        Assert.Equal("own_request", await (await world.VoteAsync(first, id)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("own_request", await (await world.VoteAsync(second, id)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.DoesNotContain(id, await world.ListAsync(first, "view=inbox"));
        Assert.DoesNotContain(id, await world.ListAsync(second, "view=inbox"));
        Assert.Equal("pending", await world.StatusAsync(first, id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task To_who_is_no_party_there_is_no_request(string database)
    {
        var world = await gateways.OnAsync(database);
        var id = await world.AskedAsync(await world.PersonAsync(), await world.RoleAsync());
        foreach (var stranger in new[] { await world.PersonAsync(), "north-app-owner", "south-approver-1", "south-role-admin", "platform-admin-1" })
        {
            Assert.Equal("not_found", await (await world.VoteAsync(stranger, id)).CodeAsync(HttpStatusCode.NotFound));
            using var http = world.As(stranger);
            Assert.Equal("not_found", await (await http.GetAsync($"/v1/requests/{id}")).CodeAsync(HttpStatusCode.NotFound));
            Assert.Equal("not_found", await (await http.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { })).CodeAsync(HttpStatusCode.NotFound));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "43")]
    public async Task Abuse_43_who_has_lost_the_role_that_votes_is_no_approver_any_more(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, approver) = (await world.RoleAsync(), await world.PersonAsync(), await world.PersonAsync("approver"));
        var id = await world.AskedAsync(officer, role);
        Assert.True((bool)(await world.ReadAsync(approver, id))["may_vote"]!);
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/approver/assignments/{approver}";
        await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.VoteAsync(approver, id)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("pending", await world.StatusAsync(officer, id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "40")]
    public async Task Abuse_40_two_approvers_do_not_wave_each_other_through(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, one, other) = (await world.RoleAsync(), await world.PersonAsync("approver"), await world.PersonAsync("approver"));
        var (ofOne, ofOther) = (await world.AskedAsync(one, role), await world.AskedAsync(other, role));
        await (await world.VoteAsync(one, ofOther)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("reciprocal_approval", await (await world.VoteAsync(other, ofOne)).CodeAsync(HttpStatusCode.Conflict));
        await (await world.VoteAsync("north-approver-1", ofOne)).ShouldBeAsync(HttpStatusCode.OK); // a third person may
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "41")]
    public async Task Abuse_41_a_changed_approver_list_takes_the_ground_from_what_is_open(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var (voted, tidied) = (await world.AskedAsync(officer, role), await world.AskedAsync(await world.PersonAsync(), role));
        await world.AskableAsync(role, RequestWorld.Policy(RequestWorld.Stage(), RequestWorld.Stage()));
        Assert.Equal("request_voided", await (await world.VoteAsync("north-approver-1", voted)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(("voided", "role_changed"), await OutcomeAsync(world, voted));
        await world.TidyAsync();
        Assert.Equal(("voided", "role_changed"), await OutcomeAsync(world, tidied));
        Assert.DoesNotContain(tidied, await world.ListAsync("north-approver-1", "view=inbox"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_recalled_app_a_changed_rule_and_a_suspended_person_take_it_too(string database)
    {
        var world = await gateways.OnAsync(database);
        var (recalled, ruled, left) = (await AskForAppAsync(world), await AskForAppAsync(world), await AskForAppAsync(world));
        var (owner, admin) = (world.As("north-app-owner"), world.As("north-role-admin"));
        await (await owner.PostAsJsonAsync($"/v1/apps/{recalled.App}/recall", new { reason = "it records calls" })).ShouldBeAsync(HttpStatusCode.OK);
        var rule = $"/v1/apps/{ruled.App}/rules/north";
        await (await owner.WriteAsync(HttpMethod.Put, rule, new { roles = Array.Empty<string>(), device = "none" }, await owner.ETagAsync(rule))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        await (await admin.PostAsJsonAsync($"/v1/tenants/north/subjects/{left.Officer}/suspend", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await world.TidyAsync();
        Assert.Equal(("voided", "app_barred"), await OutcomeAsync(world, recalled.Id));
        Assert.Equal(("voided", "rule_changed"), await OutcomeAsync(world, ruled.Id));
        Assert.Equal(("voided", "subject_inactive"), await OutcomeAsync(world, left.Id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_last_seat_goes_to_one_and_the_other_request_is_void(string database)
    {
        var world = await gateways.OnAsync(database);
        var id = world.New("seat");
        var role = new
        {
            name = id,
            restricted = true,
            establishment = 1,
        };
        var seat = await world.RoleAsync(role: role);
        var (one, other) = (await world.AskedAsync(await world.PersonAsync(), seat), await world.AskedAsync(await world.PersonAsync(), seat));
        await (await world.VoteAsync("north-approver-1", one)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("request_voided", await (await world.VoteAsync("north-approver-2", other)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(("voided", "establishment_reached"), await OutcomeAsync(world, other));
        Assert.Equal(
            "establishment_reached",
            await (await world.AskAsync(await world.PersonAsync(), new { role = seat, reason = "r" })).CodeAsync(HttpStatusCode.Conflict)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_line_manager_decides_for_their_own_people_only(string database)
    {
        var world = await gateways.OnAsync(database);
        var (manager, officer, other) = (await world.PersonAsync(), await world.PersonAsync(), await world.PersonAsync());
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/subjects/{officer}";
        var change = await admin.PutAsync(path, new { person = $"person-of-{officer}", manager }, await admin.ETagAsync(path));
        await world.Gateway.PublishAsync(change, "north-approver-1"); // who decides on what they ask for is four eyes' business
        var stage = RequestWorld.Stage();
        stage["approvers"] = new JsonArray(new JsonObject { ["line_manager"] = true });
        var role = await world.RoleAsync(RequestWorld.Policy(stage));
        var id = await world.AskedAsync(officer, role);
        Assert.Contains(id, await world.ListAsync(manager, "view=inbox"));
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("granted", (string)(await (await world.VoteAsync(manager, id)).ShouldBeAsync(HttpStatusCode.OK))["status"]!);
        var orphan = await world.AskAsync(other, new { role, reason = "r" }); // nobody could decide, and nobody else does
        Assert.Equal("voided", (string)(await orphan.ShouldBeAsync(HttpStatusCode.Created))["status"]!);
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.Outbox.AnyAsync(m => m.Kind == "request.no_approver" && m.Tenant == "north")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Stages_follow_each_other_and_groups_are_told_apart(string database)
    {
        var world = await gateways.OnAsync(database);
        var (inspector, security) = (world.New("inspector"), world.New("security"));
        await world.Gateway.AddRoleAsync("north", inspector);
        await world.Gateway.AddRoleAsync("north", security);
        var (both, plain, more) = (await world.PersonAsync(inspector, security), await world.PersonAsync(inspector), await world.PersonAsync(security));
        var first = RequestWorld.Stage(inspector, votes: 2);
        first["approvers"] = new JsonArray(new JsonObject { ["role"] = inspector }, new JsonObject { ["role"] = security });
        first["distinct_groups"] = true;
        var role = await world.RoleAsync(RequestWorld.Policy(first, RequestWorld.Stage()));
        var (officer, decider) = (await world.PersonAsync(), "north-approver-2");
        var id = await world.AskedAsync(officer, role);
        Assert.DoesNotContain(id, await world.ListAsync(decider, "view=inbox")); // not yet
        Assert.Equal("not_an_approver", await (await world.VoteAsync(decider, id)).CodeAsync(HttpStatusCode.Forbidden));
        await (await world.VoteAsync(both, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("already_voted", await (await world.VoteAsync(both, id)).CodeAsync(HttpStatusCode.Conflict));
        await (await world.VoteAsync(plain, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(2, (int)(await world.ReadAsync(officer, id))["stage"]!["number"]!);
        Assert.Equal("not_an_approver", await (await world.VoteAsync(more, id)).CodeAsync(HttpStatusCode.Forbidden)); // their stage is over
        Assert.Contains(id, await world.ListAsync(decider, "view=inbox"));
        Assert.Equal("granted", (string)(await (await world.VoteAsync(decider, id)).ShouldBeAsync(HttpStatusCode.OK))["status"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Time_reminds_escalates_and_ends_it_once_however_often_it_is_looked_at(string database)
    {
        var world = await gateways.OnAsync(database);
        var stage = RequestWorld.Stage(limit: "PT10H");
        stage["escalate_after"] = "PT6H";
        stage["escalation"] = new JsonArray(new JsonObject { ["role"] = "data-protection-officer" });
        var role = await world.RoleAsync(RequestWorld.Policy(stage));
        var officer = await world.PersonAsync();
        var id = await world.AskedAsync(officer, role);
        Assert.DoesNotContain(id, await world.ListAsync("north-dpo", "view=inbox"));
        var end = DateTimeOffset.Parse(
            (string)(await world.ReadAsync(officer, id))["stage"]!["expires_at"]!,
            System.Globalization.CultureInfo.InvariantCulture
        );
        while (world.Clock.GetUtcNow() < end - TimeSpan.FromHours(1))
        {
            world.Clock.Advance(TimeSpan.FromHours(1)); // over nights and weekends: working time only
            await world.TidyAsync();
            await world.TidyAsync();
        }
        Assert.Contains(id, await world.ListAsync("north-dpo", "view=inbox"));
        world.Clock.Advance(end - world.Clock.GetUtcNow());
        Assert.Equal("expired", await world.StatusAsync(officer, id)); // said before anybody tidied
        Assert.Equal("request_expired", await (await world.VoteAsync("north-approver-1", id)).CodeAsync(HttpStatusCode.Conflict));
        await world.TidyAsync();
        var told = await world.Gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Payload.Contains(id)).OrderBy(m => m.Id).Select(m => m.Kind).ToListAsync());
        Assert.Equal(["request.pending", "request.reminder", "request.escalated", "request.reminder", "request.decided"], told);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_asks_for_a_sensitive_role_is_not_named_to_an_auditor(string database)
    {
        var world = await gateways.OnAsync(database);
        var quiet = new
        {
            name = world.New("Quiet"),
            restricted = true,
            sensitive = true,
        };
        var (role, officer) = (await world.RoleAsync(role: quiet), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.DoesNotContain(officer, (await world.ReadAsync("north-auditor", id)).ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(await world.ListAsync("north-auditor", $"view=all&subject={officer}")); // nor is found by their name
        Assert.Equal([id], await world.ListAsync("north-auditor", $"view=all&role={role}"));
        foreach (var knows in new[] { officer, "north-approver-1", "north-dpo", "north-role-admin" })
        {
            Assert.Equal(officer, (string)(await world.ReadAsync(knows, id))["subject"]!);
        }
    }

    private static async Task<(string App, string Officer, string Id)> AskForAppAsync(RequestWorld world)
    {
        var (app, officer, role) = (world.New("app"), await world.PersonAsync(), await world.RoleAsync());
        await world.Gateway.OpenAppAsync(app, role);
        var made = await world.AskAsync(officer, new { resource = new { type = "app", id = app }, reason = "needed" });
        return (app, officer, (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!);
    }

    private static async Task<(string, string?)> OutcomeAsync(RequestWorld world, string id)
    {
        var shown = await world.ReadAsync("north-dpo", id);
        return ((string)shown["status"]!, (string?)shown["outcome"]);
    }
}
