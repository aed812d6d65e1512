using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>A drill of a force on a copy of itself, from its beginning to its end.</summary>
[Collection(nameof(ExerciseWorlds))]
public sealed class ExerciseTests(ExerciseWorlds worlds)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Urgent_access_the_broken_glass_and_a_recall_are_drilled_and_the_force_is_as_it_was(string database)
    {
        var world = await worlds.OnAsync(database);
        var asker = await world.Requests.PersonAsync();
        string[] people = [asker, world.Named, world.Holder];
        var exercise = await world.StartAsync();
        var (rows, answers) = (await world.RowsAsync("north"), await HearAsync(null));
        Assert.Equal(["role_not_held", "role_not_held", ""], await HearAsync(exercise));

        var urgent = (string)(await (await world.AskAsync(asker, exercise)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Assert.Equal(HttpStatusCode.NotFound, (await world.VoteAsync(world.OnDuty, urgent, null)).StatusCode); // in earnest there is no such request
        await (await world.VoteAsync(world.OnDuty, urgent, exercise)).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.AskAsync(world.Named, exercise, breaks: true)).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal("", await world.HearsAsync(world.Named, exercise, phone: "drill-phone"));
        Assert.Equal("", await world.HearsAsync(asker, exercise));

        using var approver = world.As("north-approver-2", exercise);
        var review = (string)Assert.Single((await approver.ReadAsync("/v1/reviews?view=inbox&cause=break_glass"))["items"]!.AsArray())!["id"]!;
        var item = (string)Assert.Single((await approver.ReadAsync($"/v1/reviews/{review}/items"))["items"]!.AsArray())!["id"]!;
        object justified = new
        {
            items = new[] { item },
            decision = "justified",
            reason = "a drill",
        };
        await (await approver.PostAsJsonAsync($"/v1/reviews/{review}/decisions", justified)).ShouldBeAsync(HttpStatusCode.OK);

        using var owner = world.As("north-app-owner", exercise);
        Assert.Equal(
            "not_the_owner",
            await (await owner.PostAsJsonAsync(Recall, new { reason = "a drill", tenants = new[] { "*" } })).CodeAsync(HttpStatusCode.Forbidden)
        );
        await (await owner.PostAsJsonAsync(Recall, new { reason = "a drill", tenants = new[] { "north" } })).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await owner.PostAsJsonAsync(Recall, new { reason = "a drill" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["app_recalled", "app_recalled", "app_recalled"], await HearAsync(exercise));

        Assert.Equal(rows, await world.RowsAsync("north"));
        Assert.Equal(answers, await HearAsync(null));
        Assert.Equal(0, (await world.RowsAsync(exercise))["entitlement"]);
        await world.Gateway.InDatabaseAsync(async db =>
            Assert.Equal(exercise, (await db.Bars.SingleAsync(b => b.Kind == Entitlements.Engine.Decisions.Bars.Recalled)).Tenant)
        );

        async Task<List<string>> HearAsync(string? where)
        {
            var heard = new List<string>();
            foreach (var person in people)
            {
                heard.Add(await world.HearsAsync(person, where, phone: where is not null && person == world.Named ? "drill-phone" : null));
            }
            return heard;
        }
    }

    private const string Recall = "/v1/apps/recorder/recall";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_copy_is_the_force_as_it_is_but_for_where_its_people_are_reached_and_its_systems(string database)
    {
        var world = await worlds.OnAsync(database);
        await world.Requests.PersonAsync("pool");
        await world.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == "north-crowd-1").ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false))
        );
        var exercise = await world.StartAsync();
        var (force, copy) = (await world.RowsAsync("north"), await world.RowsAsync(exercise));
        Assert.Equal(force["subject"] - 1, copy["subject"]); // who left is not in it
        Assert.Equal(force["adoption"] + 1, copy["adoption"]); // what it owns is adopted
        string[] same =
        [
            "role",
            "approval_policy",
            "calendar",
            "review_policy",
            "delegation",
            "rota",
            "rota_shift",
            "rota_swap",
            "accreditation_source",
            "accreditation",
            "device",
            "device_identifier",
            "rule",
            "assessment",
            "guidance",
            "guidance_text",
            "acknowledgement",
            "bar",
        ];
        Assert.Equal(same.Select(table => (table, force[table])), same.Select(table => (table, copy[table])));
        Assert.DoesNotContain(same, table => copy[table] == 0); // each was tried
        Assert.DoesNotContain(copy.Keys.Except([.. same, "subject", "adoption", "role_assignment"]), table => copy[table] > 0);

        await world.Gateway.InDatabaseAsync(async db =>
        {
            var holder = await db.Subjects.SingleAsync(s => s.Tenant == exercise && s.Id == world.Holder);
            Assert.Equal((null, null, "A. Holder", world.OnDuty), (holder.Email, holder.Mobile, holder.DisplayName, holder.Manager));
            Assert.Equal($"{world.Gateway.Issuer.Authority}#exercise/{exercise}", holder.Issuer);
            Assert.Equal($"person-of-{world.Holder}#exercise/{exercise}", holder.Person);
            Assert.Equal(holder.Key, (await db.Devices.SingleAsync(d => d.Tenant == exercise)).SubjectKey);
            var source = await db.AccreditationSources.SingleAsync(s => s.Tenant == exercise);
            Assert.Equal((null, null), (source.ClientIssuer, source.ClientId));
            Assert.Equal(await HeldAsync(db, "north"), await HeldAsync(db, exercise)); // what has ended is not copied
        });
        using var admin = world.As("north-role-admin");
        var shown = await admin.ReadAsync($"/v1/tenants/north/exercises/{exercise}");
        Assert.Equal(("running", copy["subject"]), ((string)shown["state"]!, (long)shown["copied"]!["subject"]!));
        Assert.Contains("twice a year", Assert.Single(await world.AuditsAsync("north", "exercise.started", $"exercise/{exercise}")));

        static Task<List<string>> HeldAsync(EntitlementsDb db, string tenant) =>
            db
                .Assignments.Where(a => a.Tenant == tenant && !a.Ended)
                .Select(a => db.Subjects.Single(s => s.Key == a.SubjectKey).Id + " " + a.Role)
                .Order()
                .ToListAsync();
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task One_runs_at_a_time_for_at_most_a_fortnight_and_none_of_another(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        var running = await (await world.TryStartAsync()).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.Equal(("urn:entitlements:problem:exercise_running", exercise), ((string)running["type"]!, (string)running["exercise"]!));
        foreach (var bad in new[] { TimeSpan.FromDays(14) + TimeSpan.FromSeconds(1), TimeSpan.Zero, TimeSpan.FromDays(-1) })
        {
            var problem = await (await world.TryStartAsync(bad, "south-role-admin", "south")).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains("/until", problem["errors"]!.AsObject().Select(e => e.Key));
        }
        using var admin = world.As("north-role-admin", exercise);
        object body = new
        {
            name = "Deeper",
            until = world.Requests.Clock.GetUtcNow().AddDays(1),
            reason = "why not",
        };
        Assert.Equal("exercise", await (await admin.PostAsJsonAsync($"/v1/tenants/{exercise}/exercises", body)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("exercise", await (await admin.DeleteAsync($"/v1/tenants/north/exercises/{exercise}")).CodeAsync(HttpStatusCode.Forbidden));
        await (await world.TryStartAsync(person: "north-app-owner")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await world.TryStartAsync(person: "south-role-admin")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Its_id_is_never_a_forces(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        using var platform = world.As("platform-admin-1");
        var listed = (await platform.ReadAsync("/v1/tenants?limit=500"))["items"]!.AsArray();
        Assert.Equal("north", (string)listed.Single(t => (string)t!["tenant"]! == exercise)!["exercise_of"]!);
        JsonObject body = new() { ["name"] = "For good", ["issuer"] = world.Gateway.Issuer.Authority };
        Assert.Equal(HttpStatusCode.NotFound, (await platform.PutAsync($"/v1/tenants/{exercise}", body, "\"1\"")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await platform.GetAsync($"/v1/tenants/{exercise}/subjects")).StatusCode); // nor is it theirs to read
    }
}
