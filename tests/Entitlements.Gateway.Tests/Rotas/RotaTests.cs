using System.Net;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Rotas.RotaWorld;

namespace Entitlements.Gateway.Tests.Rotas;

/// <summary>Who registers a rota, who may feed it, and who is then on duty.</summary>
[Collection(nameof(RotaGateways))]
public sealed class RotaTests(RotaGateways gateways, PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rota_is_registered_and_altered_by_two_people_and_taken_out_by_one_at_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = (world.New("rota"), world.New("pool"));
        await world.Gateway.AddRoleAsync("north", pool);
        var ann = await world.PersonAsync(pool);
        using var admin = world.As("north-role-admin");
        var proposed = await admin.PutAsync($"/v1/rotas/{rota}", Rota(pool));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/v1/rotas/{rota}")).StatusCode);
        using var feeder = world.Feeder();
        Assert.Equal(HttpStatusCode.NotFound, (await world.FeedAsync(feeder, rota, "")).StatusCode);
        await world.Gateway.PublishAsync(proposed, "north-approver-1");

        await (await world.FeedAsync(feeder, rota, "", Shift(ann, "2026-10-21T08:00", "2026-10-21T20:00"))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T07:00:00Z"));
        var etag = await admin.ETagAsync($"/v1/rotas/{rota}");
        var renamed = await admin.PutAsync($"/v1/rotas/{rota}", Rota(pool, name: "Others"), etag);
        Assert.Equal("Duty officers", (string)(await admin.ReadAsync($"/v1/rotas/{rota}"))["name"]!);
        await world.Gateway.PublishAsync(renamed, "north-approver-1");
        var shown = await admin.ReadAsync($"/v1/rotas/{rota}");
        Assert.Equal("Others", (string)shown["name"]!);
        Assert.Equal("roster", (string)shown["feeders"]![0]!["client"]!);
        Assert.Contains((await admin.ReadAsync("/v1/rotas?limit=500"))["items"]!.AsArray(), r => (string)r!["rota"]! == rota);

        var removed = await (await admin.DeleteAsync($"/v1/rotas/{rota}", await admin.ETagAsync($"/v1/rotas/{rota}"))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(1, (int)removed["ended"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/v1/rotas/{rota}/on-duty")).StatusCode);
        await world.Gateway.PublishAsync(await admin.PutAsync($"/v1/rotas/{rota}", Rota(pool)), "north-approver-1");
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T07:00:00Z")); // what it said before is not back
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_answers_for_a_feeder_does_not_vote_on_it_and_what_is_not_known_is_refused(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool, client) = (world.New("rota"), world.New("pool"), world.New("client"));
        await world.Gateway.AddRoleAsync("north", pool);
        await world.Gateway.RegisterClientAsync(client, ["north"], Scopes.Manage);
        await world.Gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == client).ExecuteUpdateAsync(set => set.SetProperty(c => c.Person, "person-of-north-approver-1"))
        );
        using var admin = world.As("north-role-admin");
        Assert.Equal("client_unknown", await (await admin.PutAsync($"/v1/rotas/{rota}", Rota(pool, "nobody"))).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("role_unknown", await (await admin.PutAsync($"/v1/rotas/{rota}", Rota("nothing"))).CodeAsync(HttpStatusCode.Conflict));
        await (
            await admin.PutAsync(
                $"/v1/rotas/{rota}",
                new
                {
                    name = "x",
                    role = pool,
                    time_zone = "Nowhere/Land",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.BadRequest);
        var change = await (await admin.PutAsync($"/v1/rotas/{rota}", Rota(pool, client))).ChangeAsync();
        await (await world.Gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await world.Gateway.VoteAsync(change, "north-approver-2")).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_a_registered_feeder_feeds_a_role_admin_adds_others_and_nobody_of_another_tenant_finds_it(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var ann = await world.PersonAsync(pool);
        var shift = Shift(ann, "2026-10-21T08:00", "2026-10-21T20:00");
        var stranger = world.New("client");
        await world.Gateway.RegisterClientAsync(stranger, ["north"], Scopes.Manage);
        await world.Gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == stranger).ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, ["north/role-admin"]))
        );
        using var other = world.Feeder(stranger);
        Assert.Equal("feeder_not_registered", await (await world.FeedAsync(other, rota, "", shift)).CodeAsync(HttpStatusCode.Forbidden));
        using var officer = world.As(ann);
        await (await world.FeedAsync(officer, rota, "", shift)).ShouldBeAsync(HttpStatusCode.Forbidden);
        foreach (var person in new[] { "south-role-admin", "south-approver-1" })
        {
            using var foreign = world.As(person);
            await (await foreign.GetAsync($"/v1/rotas/{rota}/on-duty")).ShouldBeAsync(HttpStatusCode.NotFound);
            await (await foreign.GetAsync($"/v1/rotas/{rota}/shifts")).ShouldBeAsync(HttpStatusCode.NotFound);
            await (await foreign.GetAsync($"/v1/rotas/{rota}/on-duty?tenant=north")).ShouldBeAsync(HttpStatusCode.NotFound);
        }
        using var south = world.As("south-role-admin");
        await (await world.FeedAsync(south, rota, "?tenant=north", shift)).ShouldBeAsync(HttpStatusCode.NotFound);

        var added = await world.PersonAsync(pool, "role-admin");
        using var admin = world.As(added);
        Assert.Equal(
            "own_shift",
            await (await world.FeedAsync(admin, rota, "", Shift(added, "2026-10-21T08:00", "2026-10-21T20:00"))).CodeAsync(HttpStatusCode.Forbidden)
        );
        var second = await world.PersonAsync(pool);
        await world.SetAsync(second, s => s.Person = $"person-of-{added}");
        Assert.Equal(
            "own_shift",
            await (await world.FeedAsync(admin, rota, "", Shift(second, "2026-10-21T08:00", "2026-10-21T20:00"))).CodeAsync(HttpStatusCode.Forbidden)
        );
        await (await world.FeedAsync(admin, rota, "", shift)).ShouldBeAsync(HttpStatusCode.OK);
        var listed = Assert.Single(await world.ShiftsAsync("north-role-admin", rota));
        Assert.Equal("admin", (string)listed["source"]!);
        await (await admin.DeleteAsync($"/v1/rotas/{rota}/shifts/{listed["shift"]}")).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.DeleteAsync($"/v1/rotas/{rota}/shifts/{listed["shift"]}")).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task On_duty_is_who_has_the_shift_and_holds_the_pool_role_to_the_instant(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var (ann, bob) = (await world.PersonAsync(pool), await world.PersonAsync());
        var fed = await world.FedAsync(
            rota,
            Shift(ann, "2026-10-21T08:00", "2026-10-21T20:00"),
            Shift(bob, "2026-10-21T08:00", "2026-10-21T20:00"),
            Shift("nobody-here", "2026-10-21T08:00", "2026-10-21T20:00"),
            Shift("south-role-admin", "2026-10-21T08:00", "2026-10-21T20:00")
        );
        Assert.Equal((2, 1, 2), ((int)fed["inserted"]!, (int)fed["outside_pool"]!, (int)fed["unmatched"]!));
        Assert.Equal(["nobody-here", "south-role-admin"], fed["unmatched_people"]!.AsArray().Select(p => (string)p!));
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T06:59:59.999999Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T07:00:00Z")); // Bob is not of the pool
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T18:59:59.999999Z"));
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T19:00:00Z"));

        foreach (
            Action<Entitlements.Gateway.Assignments.SubjectRow> less in new Action<Entitlements.Gateway.Assignments.SubjectRow>[]
            {
                s => s.Active = false,
                s => s.Suspended = true,
                s => s.Person = null,
            }
        )
        {
            await world.SetAsync(ann, less);
            Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z"));
            await world.SetAsync(ann, s => (s.Active, s.Suspended, s.Person) = (true, false, $"person-of-{ann}"));
        }
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z"));
        using var admin = world.As("north-role-admin");
        var held = $"/v1/tenants/north/roles/{pool}/assignments/{ann}";
        await (await admin.DeleteAsync(held, await admin.ETagAsync(held))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z")); // the role is gone, the shift stands and is nothing
        Assert.Equal(2, (await world.ShiftsAsync("north-role-admin", rota)).Count);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task In_the_two_nights_when_clocks_change_somebody_is_on_duty_throughout_and_only_they(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var (ann, bob, cat) = (await world.PersonAsync(pool), await world.PersonAsync(pool), await world.PersonAsync(pool));
        await world.FedAsync(
            rota,
            Shift(ann, "2026-10-24T22:00", "2026-10-25T01:30"), // 01:30 comes twice: handed over at the first
            Shift(bob, "2026-10-25T01:30", "2026-10-25T06:00"),
            Shift(cat, "2026-10-25T06:00", "2026-10-25T14:00")
        );
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-24T20:59:59Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-24T21:00:00Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-25T00:29:59Z"));
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-25T00:30:00Z"));
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-25T01:30:00Z")); // the second 01:30
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-25T05:59:59Z"));
        Assert.Equal(cat, await world.OnDutyAsync(rota, "2026-10-25T06:00:00Z"));

        await using var spring = await RotaWorld.StartAsync(postgres, database, new(2027, 3, 20, 12, 0, 0, TimeSpan.Zero));
        (rota, pool) = await spring.RotaAsync();
        (ann, bob) = (await spring.PersonAsync(pool), await spring.PersonAsync(pool));
        await spring.FedAsync(rota, Shift(ann, "2027-03-27T22:00", "2027-03-28T06:00"), Shift(bob, "2027-03-28T06:00", "2027-03-28T14:00"));
        Assert.Equal(ann, await spring.OnDutyAsync(rota, "2027-03-27T22:00:00Z"));
        Assert.Equal(ann, await spring.OnDutyAsync(rota, "2027-03-28T01:00:00Z"));
        Assert.Equal(ann, await spring.OnDutyAsync(rota, "2027-03-28T04:59:59Z")); // 7 hours
        Assert.Equal(bob, await spring.OnDutyAsync(rota, "2027-03-28T05:00:00Z"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_a_sensitive_pool_others_hear_how_many_are_on_duty_and_not_who(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync(sensitive: true);
        var (ann, outsider) = (await world.PersonAsync(pool), await world.PersonAsync());
        await world.FedAsync(rota, Shift(ann, "2026-10-20T08:00", "2026-10-20T20:00"));
        foreach (var (person, isTold) in new[] { (outsider, false), ("north-auditor", false), ("north-dpo", true), (ann, true), ("north-role-admin", true) })
        {
            using var http = world.As(person);
            var shown = await http.ReadAsync($"/v1/rotas/{rota}/on-duty");
            Assert.Equal(1, (int)shown["count"]!);
            Assert.Equal(isTold, shown["people"] is not null);
            Assert.Equal(isTold, (await http.GetAsync($"/v1/rotas/{rota}/shifts")).StatusCode == HttpStatusCode.OK);
        }
        var (open, role) = await world.RotaAsync();
        var bob = await world.PersonAsync(role);
        await world.FedAsync(open, Shift(bob, "2026-10-20T08:00", "2026-10-20T20:00"));
        using var asker = world.As(outsider);
        var on = await asker.ReadAsync($"/v1/rotas/{open}/on-duty");
        Assert.Equal((bob, "2026-10-20T19:00:00Z"), ((string)on["people"]![0]!["subject"]!, (string)on["people"]![0]!["until"]!));
        await (await asker.GetAsync($"/v1/rotas/{open}/shifts")).ShouldBeAsync(HttpStatusCode.NotFound); // whose weeks these are is not everybody's
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_silent_feeder_and_hours_without_anybody_are_told_once_each_without_a_name(string database)
    {
        await using var world = await RotaWorld.StartAsync(postgres, database, new(2026, 10, 20, 12, 0, 0, TimeSpan.Zero));
        var (rota, pool) = await world.RotaAsync(feedWithin: "P1D");
        var ann = await world.PersonAsync(pool);
        using var admin = world.As("north-role-admin");
        await world.FedAsync(rota, Shift(ann, "2026-10-20T08:00", "2026-10-24T08:00"));
        await world.LookAsync();
        Assert.Empty(await world.ToldAsync("rota.gap"));
        world.Clock.Advance(TimeSpan.FromDays(2));
        await world.LookAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.LookAsync();
        Assert.Equal("""{"from":"2026-10-24T07:00:00+00:00"}""", Assert.Single(await world.ToldAsync("rota.gap")));
        Assert.DoesNotContain(rota, Assert.Single(await world.ToldAsync("rota.stale")), StringComparison.Ordinal);
        using var later = world.As("north-role-admin");
        var shown = await later.ReadAsync($"/v1/rotas/{rota}");
        Assert.True((bool)shown["stale"]!);
        Assert.Equal("2026-10-24T07:00:00Z", (string)shown["gap_from"]!);
        await world.FedAsync(rota, Shift(ann, "2026-10-20T08:00", "2026-10-28T08:00"));
        await world.LookAsync();
        shown = await later.ReadAsync($"/v1/rotas/{rota}");
        Assert.False((bool)shown["stale"]!);
        Assert.Null(shown["gap_from"]);
        await world.SetAsync(ann, s => s.Suspended = true); // nobody is on duty at all, from now on
        await world.LookAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.LookAsync();
        Assert.Equal(2, (await world.ToldAsync("rota.gap")).Count);
    }
}
