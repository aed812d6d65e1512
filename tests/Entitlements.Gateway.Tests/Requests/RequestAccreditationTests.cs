using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Accreditations;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>A request waits for an accreditation as it waits for guidance, and rests on it.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestAccreditationTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_waits_for_a_missing_accreditation_goes_on_when_a_source_reports_it_and_ends_with_it(string database)
    {
        var training = await Training.OpenAsync(await gateways.OnAsync(database));
        var (world, officer) = (training.World, await training.World.PersonAsync());
        var role = await world.RoleAsync(training.Policy());
        var id = await world.AskedAsync(officer, role);
        var waiting = await world.ReadAsync(officer, id);
        Assert.Equal("awaiting_requester", (string)waiting["status"]!);
        Assert.Equal($$"""{"guidance":false,"accreditations":["{{training.Accreditation}}"]}""", waiting["outstanding"]!.ToJsonString());
        Assert.DoesNotContain(id, await world.ListAsync("north-approver-1", "view=inbox"));
        Assert.Equal("request_waiting", await (await world.VoteAsync("north-role-admin", id)).CodeAsync(HttpStatusCode.Conflict));
        world.Clock.Advance(TimeSpan.FromDays(3)); // longer than the stage has: its clock does not run
        await world.TidyAsync();

        await training.ReportAsync(await world.PersonAsync(), world.Clock.GetUtcNow().AddDays(9)); // somebody else's
        Assert.Equal("awaiting_requester", await world.StatusAsync(officer, id));
        var end = world.Clock.GetUtcNow().AddHours(5);
        await training.ReportAsync(officer, end);
        var pending = await world.ReadAsync(officer, id);
        Assert.Equal(("pending", true), ((string)pending["status"]!, pending["outstanding"] is null));
        Assert.Contains(id, await world.ListAsync("north-approver-1", "view=inbox"));
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        var until = DateTimeOffset.Parse((string)(await world.ReadAsync(officer, id))["grant"]!["until"]!, CultureInfo.InvariantCulture);
        Assert.InRange(until, end.AddMilliseconds(-1), end);
        var renewal = await world.AskAsync(officer, new { role, reason = "longer" });
        Assert.Equal("already_held", await renewal.CodeAsync(HttpStatusCode.Conflict)); // it could end no later
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_the_policy_the_role_and_the_rule_ask_for_all_count(string database)
    {
        var world = await gateways.OnAsync(database);
        var (ofPolicy, ofRole, ofRule) = (await Training.OpenAsync(world), await Training.OpenAsync(world), await Training.OpenAsync(world));
        var asks = new
        {
            name = world.New("asks"),
            restricted = true,
            accreditations = new[] { ofRole.Accreditation },
        };
        var (role, officer, app) = (await world.RoleAsync(ofPolicy.Policy(), asks), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        using var owner = world.As("north-app-owner");
        var path = $"/v1/apps/{app}/rules/north";
        var rule = new
        {
            roles = new[] { role },
            device = "none",
            accreditations = new[] { ofRule.Accreditation },
        };
        await (await owner.PutAsync(path, rule, await owner.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        var made = await world.AskAsync(officer, new { resource = new { type = "app", id = app }, reason = "needed" });
        var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Training[] all = [ofPolicy, ofRole, ofRule];
        for (var i = 0; i < all.Length; i++)
        {
            var missing = (await world.ReadAsync(officer, id))["outstanding"]!["accreditations"]!.AsArray().Select(a => (string)a!);
            Assert.Equal(all[i..].Select(t => t.Accreditation), missing);
            await all[i].ReportAsync(officer, world.Clock.GetUtcNow().AddDays(1 + i));
        }
        Assert.Equal("pending", await world.StatusAsync(officer, id));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Lost_before_the_deciding_vote_it_is_void_at_once_or_when_somebody_votes(string database)
    {
        var training = await Training.OpenAsync(await gateways.OnAsync(database));
        var (world, taken, over) = (training.World, await training.World.PersonAsync(), await training.World.PersonAsync());
        var role = await world.RoleAsync(training.Policy());
        var now = world.Clock.GetUtcNow();
        await training.ReportAsync(taken, now.AddDays(90));
        await training.ReportAsync(over, now.AddHours(1));
        var (ofTaken, ofOver) = (await world.AskedAsync(taken, role), await world.AskedAsync(over, role));
        await training.ReportAsync(taken, now.AddSeconds(-1), now.AddDays(-9));
        Assert.Equal(("voided", "accreditation_lost"), await OutcomeAsync(ofTaken));
        world.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("request_voided", await (await world.VoteAsync("north-approver-1", ofOver)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(("voided", "accreditation_lost"), await OutcomeAsync(ofOver));

        async Task<(string, string?)> OutcomeAsync(string id)
        {
            var shown = await world.ReadAsync("north-dpo", id);
            return ((string)shown["status"]!, (string?)shown["outcome"]);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_begins_later_is_waited_for_until_then_and_no_longer(string database)
    {
        var training = await Training.OpenAsync(await gateways.OnAsync(database));
        var (world, officer, hopeless) = (training.World, await training.World.PersonAsync(), await training.World.PersonAsync());
        var policy = training.Policy();
        policy["requester_patience"] = "P2D";
        var role = await world.RoleAsync(policy);
        var (id, never) = (await world.AskedAsync(officer, role), await world.AskedAsync(hopeless, role));
        var begins = world.Clock.GetUtcNow().AddHours(30);
        await training.ReportAsync(officer, begins.AddDays(30), begins);
        world.Clock.Advance(TimeSpan.FromHours(29));
        await world.TidyAsync();
        Assert.Equal("awaiting_requester", await world.StatusAsync(officer, id));
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.TidyAsync();
        Assert.Equal("pending", await world.StatusAsync(officer, id)); // nobody did anything
        world.Clock.Advance(TimeSpan.FromHours(18));
        await world.TidyAsync();
        Assert.Equal("expired", await world.StatusAsync(hopeless, never));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_emergency_sets_a_missing_accreditation_aside(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        var training = await Training.OpenAsync(world);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            (await db.Roles.SingleAsync(r => r.Id == scene.Role)).Accreditations = [training.Accreditation];
            await db.SaveChangesAsync();
        });
        Assert.Equal("accreditation_missing", await (await scene.AskAsync(asker)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("accreditation_missing", await (await scene.BreakAsync(scene.Named, world.New("phone"))).CodeAsync(HttpStatusCode.Conflict));
        var end = world.Clock.GetUtcNow().AddHours(3);
        await training.ReportAsync(asker, end);
        await training.ReportAsync(scene.Named, end);
        var urgent = await scene.AskedAsync(asker);
        await (await world.VoteAsync(scene.OnDuty, urgent)).ShouldBeAsync(HttpStatusCode.OK);
        var broken = (string)(await (await scene.BreakAsync(scene.Named, world.New("phone"))).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        foreach (var (person, id) in new[] { (asker, urgent), (scene.Named, broken) })
        {
            var until = DateTimeOffset.Parse((string)(await world.ReadAsync(person, id))["grant"]!["until"]!, CultureInfo.InvariantCulture);
            Assert.InRange(until, end.AddMilliseconds(-1), end);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_policy_asks_for_what_some_source_may_say(string database)
    {
        var training = await Training.OpenAsync(await gateways.OnAsync(database));
        var world = training.World;
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{await world.RoleAsync(training.Policy())}/approval";
        var read = await admin.ReadAsync(path);
        Assert.Equal(training.Accreditation, (string)read["accreditations"]![0]!);
        var policy = RequestWorld.Policy();
        policy["accreditations"] = new JsonArray("nobody-says-so");
        var seen = await admin.ETagAsync(path);
        Assert.Equal("accreditation_unknown", await (await admin.PutAsync(path, policy, seen)).CodeAsync(HttpStatusCode.BadRequest));
        policy["accreditations"] = new JsonArray([.. Enumerable.Range(0, 17).Select(i => (JsonNode)$"a{i}")]);
        var faults = await (await admin.PutAsync(path, policy, seen)).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.True(faults["errors"]!.AsObject().ContainsKey("/accreditations"), faults.ToJsonString());
    }

    /// <summary>A training system of north, and the one accreditation that it reports.</summary>
    private sealed record Training(RequestWorld World, string Client, string Source, string Accreditation)
    {
        public static async Task<Training> OpenAsync(RequestWorld world)
        {
            var training = new Training(world, world.New("training"), world.New("source"), world.New("course"));
            (await world.Gateway.AddFeedAsync(training.Client)).Dispose();
            await world.Gateway.RegisterAsync(training.Source, training.Client, training.Accreditation);
            return training;
        }

        public JsonObject Policy()
        {
            var policy = RequestWorld.Policy();
            policy["accreditations"] = new JsonArray(Accreditation);
            return policy;
        }

        public async Task ReportAsync(string person, DateTimeOffset until, DateTimeOffset? from = null)
        {
            using var feed = World.Gateway.AsClient(Client, Entitlements.Gateway.Identity.Scopes.Manage);
            var item = AccreditationActs.Item(person, Accreditation, until, from);
            await (await feed.ReportAsync(Source, "partial", [item], asOf: World.Clock.GetUtcNow())).ShouldBeAsync(HttpStatusCode.OK);
        }
    }
}
