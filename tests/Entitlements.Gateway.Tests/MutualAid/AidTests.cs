using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.MutualAid;

[Collection(nameof(PeopleGateways))]
public sealed class AidTests(PeopleGateways gateways)
{
    private async Task<AidScene> SceneAsync(string database, bool sensitive = false) =>
        await AidScene.StartAsync(await gateways.OnAsync(database), gateways.New, sensitive);

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Both_forces_vote_and_the_person_may_until_the_very_end_that_was_agreed(string database)
    {
        var scene = await SceneAsync(database);
        Assert.Equal("not_available", await scene.HearsAsync());
        var until = AidScene.Now.AddDays(10);
        var change = await (await scene.ProposeAsync(scene.Body(until: until))).ChangeAsync();
        foreach (var wrong in new[] { "north-role-admin", "north-auditor", "south-role-admin", "south-auditor" })
        {
            using var http = scene.Gateway.As(wrong); // both forces' officers see it, and not all may vote
            Assert.Equal(HttpStatusCode.Forbidden, (await http.VoteAsync(change)).StatusCode);
        }
        await (await scene.Gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_a_voter", await (await scene.Gateway.VoteAsync(change, "north-approver-2")).CodeAsync(HttpStatusCode.Forbidden));
        await (await scene.Gateway.VoteAsync(change, "north-dpo")).ShouldBeAsync(HttpStatusCode.OK); // the rule reached nobody before
        Assert.Equal("not_available", await scene.HearsAsync()); // the host alone opens nothing
        var last = await (await scene.Gateway.VoteAsync(change, "south-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("published", (string)last["state"]!);

        var allowed = await scene.AskAsync();
        Assert.True((bool)allowed["decision"]!);
        Assert.Equal(until.UtcTicks / 10, allowed["context"]!["valid_until"]!.GetValue<DateTimeOffset>().UtcTicks / 10);
        Assert.Equal("not_available", await scene.HearsAsync(tenant: null)); // at home there is no such app
        foreach (var tenant in new[] { "north", "south" })
        {
            var kinds = await scene.EvidenceAsync(tenant, change);
            Assert.Equal(["change.proposed", "change.voted", "change.voted", "change.voted", "change.published"], kinds);
            var aid = Assert.Single(await scene.ListAsync($"{tenant}-auditor", tenant));
            Assert.Equal((scene.Person, "in_force", "INC-7"), ((string)aid["subject"]!, (string)aid["state"]!, (string)aid["incident"]!));
            Assert.Equal(["aid.given"], await scene.EvidenceAsync(tenant, $"aid/{(string)aid["id"]!}"));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task When_the_right_at_home_ends_the_host_refuses_at_once_and_either_force_is_told(string database)
    {
        var scene = await SceneAsync(database);
        var aid = await scene.LendAsync();
        Assert.Equal("allowed", await scene.HearsAsync());
        await scene.EndAtHomeAsync();
        Assert.Equal("not_available", await scene.HearsAsync()); // the aid itself is over: to north they are nobody now
        Assert.Equal("ended", await scene.StateAsync(aid));
        Assert.All(
            [await scene.EvidenceAsync("north", $"aid/{aid}"), await scene.EvidenceAsync("south", $"aid/{aid}")],
            kinds => Assert.Equal(["aid.given", "aid.over"], kinds)
        );
        using var admin = scene.Gateway.As("south-role-admin");
        await (await admin.PutAsync(scene.AtHome, new { })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_available", await scene.HearsAsync()); // what is given anew at home revives nothing
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_right_at_home_that_was_taken_away_behind_everything_confers_nothing_even_where_the_aid_stands(string database)
    {
        var scene = await SceneAsync(database);
        await scene.LendAsync();
        Assert.Equal("allowed", await scene.HearsAsync());
        await scene.ReviseAtHomeAsync(db =>
            db.Assignments.Where(a => a.Role == scene.Right).ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, true))
        );
        Assert.Equal("home_right_not_held", await scene.HearsAsync());
        await scene.ReviseAtHomeAsync(db =>
            db.Assignments.Where(a => a.Role == scene.Right).ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, false))
        );
        Assert.Equal("allowed", await scene.HearsAsync());
        await scene.ReviseAtHomeAsync(db =>
            db.Equivalents.Where(e => e.Role == scene.Role).ExecuteUpdateAsync(set => set.SetProperty(e => e.HomeRole, "other"))
        );
        Assert.Equal("home_right_not_held", await scene.HearsAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Suspending_the_account_or_deleting_the_role_at_home_ends_it_in_the_host(string database)
    {
        var scene = await SceneAsync(database);
        await scene.LendAsync();
        Assert.Equal("allowed", await scene.HearsAsync());
        using var admin = scene.Gateway.As("south-role-admin");
        using var store = await StoreAsync(scene);
        Assert.Equal("allowed", await HearsAsync(store, scene));
        await (await admin.PostAsync($"/v1/tenants/south/subjects/{scene.Person}/suspend?reason=leave", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("subject_suspended", await HearsAsync(store, scene));
        var back = await admin.PostAsync($"/v1/tenants/south/subjects/{scene.Person}/resume?reason=back", null);
        await scene.Gateway.PublishAsync(back, "south-approver-1");
        Assert.Equal("allowed", await HearsAsync(store, scene));
        var right = $"/v1/tenants/south/roles/{scene.Right}";
        await (await admin.DeleteAsync(right, await admin.ETagAsync(right))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_available", await HearsAsync(store, scene));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Taking_the_equivalence_back_ends_what_rests_on_it_and_declaring_it_again_gives_nothing_back(string database)
    {
        var scene = await SceneAsync(database);
        var aid = await scene.LendAsync();
        Assert.Equal("allowed", await scene.HearsAsync());
        using var admin = scene.Gateway.As("north-role-admin");
        Assert.Equal(scene.Right, (string)(await admin.ReadAsync(scene.Equivalent))["role"]!);
        var removed = await (await admin.DeleteAsync(scene.Equivalent, await admin.ETagAsync(scene.Equivalent))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((1, true), ((int)removed["ended"]!, (bool)removed["effective"]!));
        Assert.Equal("not_available", await scene.HearsAsync());
        Assert.Equal("ended", await scene.StateAsync(aid));
        Assert.Equal("not_equivalent", await (await scene.ProposeAsync()).CodeAsync(HttpStatusCode.Conflict));
        await scene.DeclareAsync();
        Assert.Equal("not_available", await scene.HearsAsync());
        Assert.NotEqual(aid, await scene.LendAsync());
        Assert.Equal("allowed", await scene.HearsAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Either_force_and_the_person_end_it_at_once_and_nobody_else(string database)
    {
        var scene = await SceneAsync(database);
        var stranger = gateways.New("stranger");
        await scene.Gateway.AddPersonAsync("south", stranger, Function.Approver);
        foreach (var (by, tenant) in new[] { ("north-role-admin", "north"), ("south-role-admin", "south"), (scene.Person, "north") })
        {
            var aid = await scene.LendAsync();
            Assert.Equal("allowed", await scene.HearsAsync());
            await (await scene.EndAsync(aid, stranger, "south")).ShouldBeAsync(HttpStatusCode.NotFound);
            await (await scene.EndAsync(aid, "north-dpo")).ShouldBeAsync(HttpStatusCode.NotFound);
            await (await scene.EndAsync(aid, "south-role-admin", "east")).ShouldBeAsync(HttpStatusCode.NotFound);
            var ended = await (await scene.EndAsync(aid, by, tenant)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.True((bool)ended["effective"]!);
            Assert.Equal("not_available", await scene.HearsAsync());
            await (await scene.EndAsync(aid, by, tenant)).ShouldBeAsync(HttpStatusCode.NotFound);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_the_home_does_not_confirm_is_refused_when_it_is_asked_for_and_when_the_last_vote_comes(string database)
    {
        var scene = await SceneAsync(database);
        var (other, nobody) = (gateways.New("other"), gateways.New("nobody"));
        await scene.Gateway.AddPersonAsync("south", other);
        await scene.Gateway.AddPersonAsync("south", nobody, scene.Right);
        await scene.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == nobody).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, (string?)null))
        );
        await scene.Gateway.InDatabaseAsync(db =>
            db.Assignments.Where(a => a.Role == scene.Right).ExecuteUpdateAsync(set => set.SetProperty(a => a.NotAfter, AidScene.Now.AddDays(9)))
        );
        foreach (var body in new[] { scene.Body(other), scene.Body(nobody), scene.Body("never-heard-of"), scene.Body(until: AidScene.Now.AddDays(10)) })
        {
            Assert.Equal("home_right_missing", await (await scene.ProposeAsync(body)).CodeAsync(HttpStatusCode.Conflict)); // one answer for all
        }
        var change = await (await scene.ProposeAsync(scene.Body(until: AidScene.Now.AddDays(8)))).ChangeAsync();
        await scene.EndAtHomeAsync();
        Assert.Equal("change_moved", await (await scene.Gateway.VoteAsync(change, "south-approver-1")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Empty(await scene.ListAsync("north-role-admin"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Longer_than_fourteen_days_or_than_the_role_allows_or_twice_or_over_the_establishment_is_refused(string database)
    {
        var scene = await SceneAsync(database);
        async Task RefusedAsync(string code, object body) => Assert.Equal(code, await (await scene.ProposeAsync(body)).CodeAsync(HttpStatusCode.Conflict));
        await RefusedAsync("longest_aid", scene.Body(until: AidScene.Now.AddDays(15)));
        await RefusedAsync("longest_aid", scene.Body(from: AidScene.Now.AddDays(3), until: AidScene.Now.AddDays(17.1)));
        await RefusedAsync("window_empty", scene.Body(until: AidScene.Now.AddMinutes(-1)));
        await RefusedAsync("administrative_role", scene.Body(role: Function.Approver));
        await scene.LendAsync(scene.Body(until: AidScene.Now.AddDays(14).AddSeconds(-1)));
        await RefusedAsync("aid_stands", scene.Body());
        await scene.Gateway.InDatabaseAsync(db =>
            db.Roles.Where(r => r.Id == scene.Role)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.Establishment, 1).SetProperty(r => r.LongestAssignment, TimeSpan.FromDays(2)))
        );
        var second = gateways.New("guest");
        await scene.Gateway.AddPersonAsync("south", second, scene.Right);
        await RefusedAsync("longest_assignment", scene.Body(second));
        await RefusedAsync("establishment_reached", scene.Body(second, until: AidScene.Now.AddDays(1)));
        await (await scene.ProposeAsync(scene.Body(home: "north"))).ShouldBeAsync(HttpStatusCode.BadRequest);
        using var admin = scene.Gateway.As("north-role-admin");
        const string Administrative = "/v1/tenants/north/roles/approver/equivalents/south";
        Assert.Equal("administrative_role", await (await admin.PutAsync(Administrative, new { role = scene.Right })).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(
            "administrative_role",
            await (await admin.PutAsync(scene.Equivalent, new { role = "approver" }, "\"1\"")).CodeAsync(HttpStatusCode.Conflict)
        );
        foreach (var home in new[] { "north", "platform", "nowhere" })
        {
            var path = $"/v1/tenants/north/roles/{scene.Role}/equivalents/{home}";
            Assert.Equal("home_unknown", await (await admin.PutAsync(path, new { role = scene.Right })).CodeAsync(HttpStatusCode.Conflict));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nobody_proposes_or_votes_for_themself_by_any_account_of_theirs(string database)
    {
        var scene = await SceneAsync(database);
        var (approver, admin) = (gateways.New("approver"), gateways.New("admin"));
        await scene.Gateway.AddPersonAsync("north", approver, Function.Approver);
        await scene.Gateway.AddPersonAsync("north", admin, Function.RoleAdmin);
        await scene.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == approver || s.Id == admin).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, $"person-of-{scene.Person}"))
        );
        Assert.Equal("own_assignment", await (await scene.ProposeAsync(by: admin)).CodeAsync(HttpStatusCode.Forbidden));
        var change = await (await scene.ProposeAsync()).ChangeAsync();
        Assert.Equal("named_by_change", await (await scene.Gateway.VoteAsync(change, approver)).CodeAsync(HttpStatusCode.Forbidden));
        await (await scene.ProposeAsync(by: "south-role-admin")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await scene.ProposeAsync(by: "north-approver-1")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    private static async Task<HttpClient> StoreAsync(AidScene scene)
    {
        var client = $"store-{scene.Role}";
        await scene.Gateway.RegisterClientAsync(client, ["north"], Scopes.Evaluate);
        return scene.Gateway.AsClient(client, Scopes.Evaluate);
    }

    private static async Task<string> HearsAsync(HttpClient store, AidScene scene)
    {
        var question = new
        {
            subject = new { type = "user", id = scene.Person },
            action = new { name = "download" },
            resource = new { type = "app", id = scene.App },
        };
        return AidScene.SaidIn(await (await store.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK));
    }
}
