using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Edge cases that others met: workflow §4, by number.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestEdgeTests(RequestGateways gateways)
{
    /// <remarks>Workflow §4.3, §4.4.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nobody_edits_a_request_they_ask_anew(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        foreach (var who in new[] { officer, "north-approver-1", "north-role-admin" })
        {
            using var http = world.As(who);
            foreach (var method in new[] { HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
            {
                var answer = await http.WriteAsync(method, $"/v1/requests/{id}", new { role = "approver", status = "granted" });
                Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotFound });
            }
        }
        Assert.Equal((role, "pending"), ((string)(await world.ReadAsync(officer, id))["role"]!, await world.StatusAsync(officer, id)));
    }

    /// <remarks>Workflow §4.5.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task History_outlives_the_role_and_the_person(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await GrantedAsync(world, officer, role);
        using var admin = world.As("north-role-admin");
        await (await admin.PostAsJsonAsync($"/v1/tenants/north/subjects/{officer}/suspend", new { })).ShouldBeAsync(HttpStatusCode.OK);
        var path = $"/v1/tenants/north/roles/{role}";
        await (await admin.DeleteAsync(path, (await admin.ETagAsync(path))!)).ShouldBeAsync(HttpStatusCode.OK);
        await world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == officer).ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false)));
        foreach (var query in new[] { $"role={role}", $"subject={officer}", $"decided_by=person-of-north-approver-1&role={role}" })
        {
            Assert.Equal([id], await world.ListAsync("north-dpo", $"view=all&{query}"));
        }
        var shown = await world.ReadAsync("north-dpo", id);
        Assert.Equal((officer, "granted", "revoked"), ((string)shown["subject"]!, (string)shown["status"]!, (string)shown["grant"]!["state"]!));
        Assert.Equal(4, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Target == id)));
    }

    /// <remarks>Workflow §4.6.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_names_no_end_has_the_policys_and_who_holds_it_without_end_asks_in_vain(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var before = world.Clock.GetUtcNow();
        var grant = (await world.ReadAsync(officer, await GrantedAsync(world, officer, role)))["grant"]!;
        Assert.InRange(Instant(grant["until"]!), before.AddHours(8).AddMilliseconds(-1), world.Clock.GetUtcNow().AddHours(8));
        var holder = await world.PersonAsync(role);
        Assert.Equal("already_held", await (await world.AskAsync(holder, new { role, reason = "r" })).CodeAsync(HttpStatusCode.Conflict));
    }

    /// <remarks>Workflow §4.8, §3 (delegation: a leaving approver).</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_request_outlives_the_sign_ins_of_its_parties_and_a_vote_its_voter_who_left(string database)
    {
        var world = await gateways.OnAsync(database);
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (first, second, _) = (await world.PersonAsync(deciders), await world.PersonAsync(deciders), await world.PersonAsync(deciders));
        var role = await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(deciders, votes: 2, limit: "PT80H")));
        var officer = await world.PersonAsync();
        var id = await world.AskedAsync(officer, role);
        await (await world.VoteAsync(first, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((bool)(await world.ReadAsync(officer, id))["votes"]![0]!["left_since"]!);

        world.Clock.Advance(TimeSpan.FromDays(2)); // no token of theirs lives so long
        using var admin = world.As("north-role-admin");
        await (await admin.PostAsJsonAsync($"/v1/tenants/north/subjects/{first}/suspend", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await world.TidyAsync();
        Assert.True((bool)(await world.ReadAsync(officer, id))["votes"]![0]!["left_since"]!);
        Assert.Equal("granted", (string)(await (await world.VoteAsync(second, id)).ShouldBeAsync(HttpStatusCode.OK))["status"]!);
        var grant = (await world.ReadAsync(officer, id))["grant"]!;
        Assert.Equal(TimeSpan.FromHours(8), Instant(grant["until"]!) - Instant(grant["from"]!)); // from the vote on, not from the asking
    }

    /// <remarks>Workflow §4.10; that such a policy is not written in the first place stands in <see cref="RequestInputTests"/>.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task When_too_few_are_left_to_decide_it_is_told_once_until_there_are_enough_again(string database)
    {
        var world = await gateways.OnAsync(database);
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (leaver, _) = (await world.PersonAsync(deciders), await world.PersonAsync(deciders));
        var target = $"tenant/north/role/{await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(deciders)))}/approval";
        Assert.Equal((0, 0), await ToldAsync());
        await SuspendAsync(true);
        Assert.Equal((1, 1), await ToldAsync());
        Assert.Equal((1, 1), await ToldAsync());
        await SuspendAsync(false);
        Assert.Equal((1, 1), await ToldAsync());
        await SuspendAsync(true);
        Assert.Equal((2, 2), await ToldAsync());

        Task SuspendAsync(bool suspended) =>
            world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == leaver).ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, suspended)));
        async Task<(int Records, int Messages)> ToldAsync()
        {
            await ActivatorUtilities.CreateInstance<ApproverWatch>(world.Gateway.Services).LookAsync();
            return await world.Gateway.InDatabaseAsync(async db =>
                (
                    await db.AuditEvents.CountAsync(e => e.Kind == "approval.short" && e.Target == target),
                    await db.PersonMessages.CountAsync(m => m.Reference == target && db.Subjects.Any(s => s.Key == m.SubjectKey && s.Id == "north-role-admin"))
                )
            );
        }
    }

    /// <remarks>Workflow §4.11.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_is_told_who_sees_it_in_the_inbox_and_who_may_vote_are_the_same_people(string database)
    {
        var world = await gateways.OnAsync(database);
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (asker, named, manager) = (await world.PersonAsync(deciders), await world.PersonAsync(), await world.PersonAsync());
        var (holder, later, over, suspended, stranger) = (
            await world.PersonAsync(deciders),
            await world.PersonAsync(deciders),
            await world.PersonAsync(deciders),
            await world.PersonAsync(deciders),
            await world.PersonAsync()
        );
        await world.Gateway.InDatabaseAsync(async db =>
        {
            await db.Subjects.Where(s => s.Id == asker).ExecuteUpdateAsync(set => set.SetProperty(s => s.Manager, manager));
            await AssignedAsync(later).ExecuteUpdateAsync(set => set.SetProperty(a => a.NotBefore, world.Clock.GetUtcNow().AddHours(1)));
            await AssignedAsync(over).ExecuteUpdateAsync(set => set.SetProperty(a => a.NotAfter, world.Clock.GetUtcNow().AddHours(-1)));
            await AssignedAsync(suspended).ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, true));

            IQueryable<Entitlements.Gateway.Assignments.RoleAssignmentRow> AssignedAsync(string person) =>
                db.Assignments.Where(a => a.Role == deciders && db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == person));
        });
        var stage = RequestWorld.Stage();
        stage["approvers"] = JsonNode.Parse($$"""[{"role":"{{deciders}}"},{"subject":"{{named}}"},{"line_manager":true}]""");
        var id = await world.AskedAsync(asker, await world.RoleAsync(RequestWorld.Policy(stage)));
        var told = await world.Gateway.InDatabaseAsync(db =>
            db.PersonMessages.Where(m => m.Reference == id && m.Kind == PersonMessage.Decision)
                .Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id)
                .ToListAsync()
        );
        var (inbox, may) = (new List<string>(), new List<string>());
        string[] everyone = [asker, named, manager, holder, later, over, suspended, stranger, "north-approver-1", "north-dpo"];
        foreach (var person in everyone)
        {
            using var http = world.As(person);
            var seen = await http.GetAsync($"/v1/requests/{id}");
            may.AddRange(seen.StatusCode == HttpStatusCode.OK && (bool)(await seen.ShouldBeAsync(HttpStatusCode.OK))["may_vote"]! ? [person] : []);
            inbox.AddRange((await world.ListAsync(person, "view=inbox")).Contains(id) ? [person] : []);
        }
        Assert.Equal([named, manager, holder], may);
        Assert.Equal(may, inbox);
        Assert.Equal(may.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    /// <remarks>Workflow §4.12.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_vote_whose_grant_cannot_be_written_leaves_nothing_behind(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        var kept = await KeptAsync();
        var refuse =
            database == EachDatabase.Sqlite
                ? $"create trigger refuse_grant before insert on role_assignment when new.role = '{role}' begin select raise(abort, 'full'); end"
                : $"create function refuse_grant() returns trigger language plpgsql as 'begin if new.role = ''{role}'' then raise exception ''full''; end if; return new; end'; create trigger refuse_grant before insert on role_assignment for each row execute function refuse_grant()";
        var undo = database == EachDatabase.Sqlite ? "drop trigger refuse_grant" : "drop trigger refuse_grant on role_assignment; drop function refuse_grant()";
        await world.Gateway.InDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(refuse));
        var failed = await world.VoteAsync("north-approver-1", id);
        await world.Gateway.InDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(undo));
        Assert.True(failed.StatusCode >= HttpStatusCode.InternalServerError, failed.StatusCode.ToString());
        Assert.Equal(kept, await KeptAsync());
        Assert.Equal("pending", await world.StatusAsync(officer, id));
        Assert.Equal("granted", (string)(await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK))["status"]!);

        Task<(int, int, int)> KeptAsync() =>
            world.Gateway.InDatabaseAsync(async db =>
                (
                    await db.RequestVotes.CountAsync(v => v.Request == id),
                    await db.AuditEvents.CountAsync(e => e.Target == id),
                    await db.Outbox.CountAsync(m => m.Payload.Contains(id))
                )
            );
    }

    /// <remarks>Workflow §4.13.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_booked_is_judged_afresh_when_it_begins(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, app, stays, leaves) = (await world.RoleAsync(), world.New("app"), await world.PersonAsync(), await world.PersonAsync());
        await world.Gateway.OpenAppAsync(app, role);
        var store = world.New("store");
        await world.Gateway.RegisterClientAsync(store, ["north"], Scopes.Evaluate);
        foreach (var person in new[] { stays, leaves })
        {
            await GrantedAsync(world, person, role, from: world.Clock.GetUtcNow().AddMinutes(20));
        }
        await world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == leaves).ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, true)));
        world.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.True(await HearsAsync(stays));
        Assert.False(await HearsAsync(leaves));

        async Task<bool> HearsAsync(string person)
        {
            using var http = world.Gateway.AsClient(store, Scopes.Evaluate);
            var question = new
            {
                subject = new { type = "user", id = person },
                action = new { name = "download" },
                resource = new { type = "app", id = app },
            };
            return (bool)(await (await http.PostAsJsonAsync("/access/v1/evaluation", question)).ShouldBeAsync(HttpStatusCode.OK))["decision"]!;
        }
    }

    /// <remarks>Workflow §4.14: what a policy allows is allowed to those who ask under it; what was granted before keeps its end, unless the role itself is narrowed.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_policy_that_allows_less_voids_what_is_open_and_leaves_what_was_granted(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, held, open) = (await world.RoleAsync(), await world.PersonAsync(), await world.PersonAsync());
        var (granted, pending) = (await GrantedAsync(world, held, role), await world.AskedAsync(open, role));
        var until = (string)(await world.ReadAsync(held, granted))["grant"]!["until"]!;
        var less = RequestWorld.Policy();
        (less["longest_grant"], less["default_grant"]) = ("PT1H", "PT1H");
        await world.AskableAsync(role, less);
        await world.TidyAsync();
        Assert.Equal("voided", await world.StatusAsync(open, pending));
        var grant = (await world.ReadAsync(held, granted))["grant"]!;
        Assert.Equal((until, "active"), ((string)grant["until"]!, (string)grant["state"]!));
    }

    /// <remarks>Workflow §4.14.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Roles_that_may_not_be_held_together_stand_against_each_other_whichever_of_them_says_so(string database)
    {
        var world = await gateways.OnAsync(database);
        var silent = await world.RoleAsync();
        var role = new
        {
            name = world.New("says"),
            restricted = true,
            incompatible_with = new[] { silent },
        };
        var says = await world.RoleAsync(role: role);
        foreach (var (held, asked) in new[] { (silent, says), (says, silent) })
        {
            var officer = await world.PersonAsync(held);
            Assert.Equal("incompatible_role", await (await world.AskAsync(officer, new { role = asked, reason = "r" })).CodeAsync(HttpStatusCode.Conflict));
        }
    }

    /// <remarks>Workflow §4.17.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_became_of_a_grant_is_told_apart_and_is_not_what_became_of_the_request(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.RoleAsync();
        var people = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            people.Add(await world.PersonAsync());
        }
        var (runs, booked, back, taken, halted, renews) = (people[0], people[1], people[2], people[3], people[4], people[5]);
        var ids = new Dictionary<string, string>();
        foreach (var person in people)
        {
            ids[person] = await GrantedAsync(world, person, role, from: person == booked ? world.Clock.GetUtcNow().AddHours(1) : null);
        }
        using var holder = world.As(back);
        await (await holder.PostAsJsonAsync($"/v1/requests/{ids[back]}/withdraw", new { })).ShouldBeAsync(HttpStatusCode.OK);
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{role}/assignments/{taken}";
        await (await admin.DeleteAsync(path, (await admin.ETagAsync(path))!)).ShouldBeAsync(HttpStatusCode.OK);
        await world.Gateway.InDatabaseAsync(db =>
            db.Assignments.Where(a => a.Origin == ids[halted]).ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, true))
        );
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        var next = await GrantedAsync(world, renews, role);
        (string Person, string Id, string Now, string Later)[] expected =
        [
            (runs, ids[runs], "active", "expired"),
            (booked, ids[booked], "scheduled", "expired"),
            (back, ids[back], "handed_back", "handed_back"),
            (taken, ids[taken], "revoked", "revoked"),
            (halted, ids[halted], "suspended", "expired"),
            (renews, ids[renews], "renewed", "renewed"),
            (renews, next, "active", "expired"),
        ];
        foreach (var (person, id, now, _) in expected)
        {
            Assert.Equal(("granted", now), await StatesAsync(person, id));
        }
        world.Clock.Advance(TimeSpan.FromHours(10));
        foreach (var (person, id, _, later) in expected)
        {
            Assert.Equal(("granted", later), await StatesAsync(person, id));
        }

        async Task<(string, string)> StatesAsync(string person, string id)
        {
            var shown = await world.ReadAsync(person, id);
            return ((string)shown["status"]!, (string)shown["grant"]!["state"]!);
        }
    }

    /// <remarks>Workflow §4.18.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_role_of_approvers_that_ended_is_nobody_and_that_is_told(string database)
    {
        var world = await gateways.OnAsync(database);
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (decider, _) = (await world.PersonAsync(deciders), await world.PersonAsync(deciders));
        var role = await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(deciders)));
        var officer = await world.PersonAsync();
        var open = await world.AskedAsync(officer, role);
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{deciders}";
        await (await admin.DeleteAsync(path, (await admin.ETagAsync(path))!)).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.VoteAsync(decider, open)).ShouldBeAsync(HttpStatusCode.NotFound);
        var next = await world.AskAsync(await world.PersonAsync(), new { role, reason = "r" });
        var made = await next.ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal("voided", (string)made["status"]!);
        var id = (string)made["request"]!;
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.Outbox.AnyAsync(m => m.Kind == "request.no_approver" && m.Payload.Contains(id))));
    }

    /// <remarks>Workflow §2, PendingStage.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Where_the_approvers_are_too_few_the_fallback_is_asked_besides(string database)
    {
        var world = await gateways.OnAsync(database);
        var stage = RequestWorld.Stage();
        stage["approvers"] = JsonNode.Parse("""[{"line_manager":true}]""");
        stage["fallback"] = JsonNode.Parse("""[{"role":"approver"}]""");
        var role = await world.RoleAsync(RequestWorld.Policy(stage));
        var orphan = await world.PersonAsync();
        var id = await world.AskedAsync(orphan, role);
        Assert.True((bool)(await world.ReadAsync(orphan, id))["stage"]!["escalated"]!);
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <remarks>Workflow §2, Screening.</remarks>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_stands_against_the_grant_stands_against_asking(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, suspended, lapsed) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"), world.New("app"));
        await world.Gateway.OpenAppAsync(suspended, role);
        await world.Gateway.OpenAppAsync(lapsed, role);
        using var owner = world.As("north-app-owner");
        await (await owner.PostAsJsonAsync($"/v1/apps/{suspended}/suspend", new { reason = "looking into it" })).ShouldBeAsync(HttpStatusCode.OK);
        await world.Gateway.InDatabaseAsync(db =>
            db.Apps.Where(a => a.Id == lapsed && a.Type == "app").ExecuteUpdateAsync(set => set.SetProperty(a => a.HighRisk, true))
        );
        foreach (var id in new[] { suspended, lapsed })
        {
            var answer = await world.AskAsync(officer, new { resource = new { type = "app", id }, reason = "r" });
            Assert.Equal("not_found", await answer.CodeAsync(HttpStatusCode.NotFound));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_employee_number_of_another_force_is_another_persons(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, stranger) = (await world.RoleAsync(), await world.PersonAsync(), world.New("person"));
        var id = await world.AskedAsync(officer, role);
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        await world.Gateway.AddPersonAsync("south", stranger);
        foreach (var person in new[] { $"person-of-{officer}", "person-of-north-approver-1" })
        {
            await world.Gateway.InDatabaseAsync(db =>
                db.Subjects.Where(s => s.Id == stranger).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, person))
            );
            using var http = world.As(stranger);
            Assert.Equal("not_found", await (await http.GetAsync($"/v1/requests/{id}")).CodeAsync(HttpStatusCode.NotFound));
            Assert.Empty(await world.ListAsync(stranger, "view=voted"));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "67")]
    public async Task Abuse_67_what_people_write_is_text_to_every_browser_and_in_no_message(string database)
    {
        const string Script = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role, Script);
        using var http = world.As("north-approver-1");
        await (await http.PostAsJsonAsync($"/v1/requests/{id}/comments", new { text = Script })).ShouldBeAsync(HttpStatusCode.Created);
        await (await http.PostAsJsonAsync($"/v1/requests/{id}/votes", new { vote = "approve", reason = Script })).ShouldBeAsync(HttpStatusCode.OK);
        var answer = await http.GetAsync($"/v1/requests/{id}");
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain('<', body);
        var shown = JsonNode.Parse(body)!;
        Assert.Equal((Script, Script, Script), ((string)shown["reason"]!, (string)shown["votes"]![0]!["reason"]!, (string)shown["comments"]![0]!["text"]!));
        Assert.False(await world.Gateway.InDatabaseAsync(db => db.Outbox.AnyAsync(m => m.Payload.Contains(id) && m.Payload.Contains("alert"))));
    }

    /// <summary>Asked for and granted, by the policy's default end.</summary>
    internal static async Task<string> GrantedAsync(RequestWorld world, string person, string role, DateTimeOffset? from = null)
    {
        var made = await world.AskAsync(
            person,
            new
            {
                role,
                reason = "on the rota",
                from,
                @for = from is null ? null : "PT8H",
            }
        );
        var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Assert.Equal("granted", (string)(await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK))["status"]!);
        return id;
    }

    private static DateTimeOffset Instant(JsonNode text) => DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}
