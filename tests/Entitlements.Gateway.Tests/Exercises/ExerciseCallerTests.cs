using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>Who acts in an exercise acts there alone, and nobody else does.</summary>
[Collection(nameof(ExerciseWorlds))]
public sealed class ExerciseCallerTests(ExerciseWorlds worlds)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_header_that_names_no_exercise_of_ones_force_is_refused_and_never_passed_over(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        (string Person, string Header, HttpStatusCode Status, string Code)[] refused =
        [
            ("north-role-admin", "nothing", HttpStatusCode.NotFound, "exercise_unknown"),
            ("north-role-admin", "north", HttpStatusCode.NotFound, "exercise_unknown"), // a force is no exercise of itself
            ("south-role-admin", exercise, HttpStatusCode.NotFound, "exercise_unknown"),
            ("platform-admin-1", exercise, HttpStatusCode.NotFound, "exercise_unknown"),
            ("north-role-admin", "Not An Id", HttpStatusCode.BadRequest, "invalid_exercise"),
            ("north-role-admin", "", HttpStatusCode.BadRequest, "invalid_exercise"),
        ];
        foreach (var (person, header, status, code) in refused)
        {
            using var http = world.Gateway.As(person);
            http.DefaultRequestHeaders.TryAddWithoutValidation("Entitlements-Exercise", header);
            Assert.Equal(code, await (await http.GetAsync("/v1/tenants")).CodeAsync(status));
        }
        using var twice = world.As("north-role-admin", exercise);
        twice.DefaultRequestHeaders.Add("Entitlements-Exercise", exercise);
        Assert.Equal("invalid_exercise", await (await twice.GetAsync("/v1/tenants")).CodeAsync(HttpStatusCode.BadRequest));

        using var client = world.Gateway.AsClient(ExerciseWorld.Store, Scopes.Evaluate);
        client.DefaultRequestHeaders.Add("Entitlements-Exercise", exercise);
        Assert.Equal(
            "exercise_for_people",
            await (await client.PostAsJsonAsync("/access/v1/evaluation", world.Question(world.Holder))).CodeAsync(HttpStatusCode.BadRequest)
        );
        using var open = world.Gateway.Anonymous();
        open.DefaultRequestHeaders.Add("Entitlements-Exercise", exercise);
        Assert.Equal("exercise", await (await open.PostAsJsonAsync("/v1/downloads", new { token = "a.b.c" })).CodeAsync(HttpStatusCode.BadRequest));

        var newcomer = await world.Requests.PersonAsync();
        using var late = world.As(newcomer, exercise); // not in the copy
        Assert.Equal("exercise_unknown", await (await late.GetAsync("/v1/requests")).CodeAsync(HttpStatusCode.NotFound));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_acts_in_an_exercise_is_nobody_in_the_force_and_the_other_way_round(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        using var copied = world.As("north-role-admin", exercise);
        using var inEarnest = world.As("north-role-admin");
        foreach (var (http, own, other) in new[] { (copied, exercise, "north"), (inEarnest, "north", exercise) })
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/v1/tenants/{own}/subjects")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/tenants/{other}/subjects")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.PutAsync($"/v1/tenants/{other}/roles/new", new { name = "New" })).StatusCode);
            Assert.Equal(own, (string)Assert.Single((await http.ReadAsync("/v1/tenants"))["items"]!.AsArray())!["tenant"]!);
        }
        // a change that the same person proposed in earnest is not theirs here
        var change = await (await inEarnest.PutAsync($"/v1/tenants/north/roles/{world.Role}/assignments/{world.Named}?reason=needed", new { })).ChangeAsync();
        Assert.Equal(HttpStatusCode.OK, (await inEarnest.GetAsync($"/v1/changes/{change}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await copied.GetAsync($"/v1/changes/{change}")).StatusCode);
        object done = new { reason = "done" };
        Assert.Equal(HttpStatusCode.NotFound, (await copied.PostAsJsonAsync($"/v1/changes/{change}/withdraw", done)).StatusCode);
        await (await inEarnest.PostAsJsonAsync($"/v1/changes/{change}/withdraw", done)).ShouldBeAsync(HttpStatusCode.OK);

        await (await copied.PutAsync($"/v1/tenants/{exercise}/roles/drilled", new { name = "Drilled" })).ShouldBeAsync(HttpStatusCode.OK);
        var actor = await world.Gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Tenant == exercise && e.Kind == "role.put.applied").Select(e => e.Actor).SingleAsync()
        );
        Assert.Equal($"person:{world.Gateway.Issuer.Authority}#exercise/{exercise}|north-role-admin", actor);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_would_be_real_is_refused_to_who_acts_in_an_exercise(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        using var owner = world.As("north-app-owner", exercise);
        using var admin = world.As("north-role-admin", exercise);
        HttpResponseMessage[] refused =
        [
            await owner.PutAsync("/v1/apps/new-app", CatalogueActs.App(owner: exercise)),
            await owner.PutAsync("/v1/apps/recorder/adoptions/" + exercise, new JsonObject()),
            await owner.PostAsJsonAsync("/v1/uploads", new { sha256 = new string('a', 64), size = 4 }),
            await owner.PostAsJsonAsync("/v1/apps/recorder/releases", new { version = "2.0", platform = "android" }),
            await admin.PutAsync($"/v1/tenants/{exercise}/webhooks/hook", new { url = "https://hooks.example/", kinds = new[] { "test.*" } }),
        ];
        foreach (var answer in refused)
        {
            Assert.Equal("exercise", await answer.CodeAsync(HttpStatusCode.Forbidden));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_lost_a_function_or_was_suspended_in_earnest_has_lost_it_in_the_copy_too(string database)
    {
        var world = await worlds.OnAsync(database);
        await world.Gateway.AddPersonAsync("north", world.Requests.New("auditor") is var auditor ? auditor : "", "auditor");
        var exercise = await world.StartAsync();
        using var reader = world.As(auditor, exercise);
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/v1/tenants/{exercise}/subjects")).StatusCode);
        await EndAsync("north");
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync($"/v1/tenants/{exercise}/subjects")).StatusCode);

        // what the exercise itself gives is theirs in it
        await EndAsync(exercise);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            db.Assignments.Add(
                new()
                {
                    Tenant = exercise,
                    Role = "auditor",
                    SubjectKey = await db.Subjects.Where(s => s.Tenant == exercise && s.Id == auditor).Select(s => s.Key).SingleAsync(),
                    Source = Entitlements.Gateway.Assignments.AssignmentSource.Request,
                    NotBefore = world.Requests.Clock.GetUtcNow(),
                }
            );
            await db.SaveChangesAsync();
        });
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/v1/tenants/{exercise}/subjects")).StatusCode);
        await world.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Tenant == "north" && s.Id == auditor).ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, true))
        );
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync($"/v1/tenants/{exercise}/subjects")).StatusCode);

        Task EndAsync(string tenant) =>
            world.Gateway.InDatabaseAsync(db =>
                db.Assignments.Where(a => a.Tenant == tenant && a.Role == "auditor" && db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == auditor))
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.Ended, true))
            );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_store_of_the_force_asks_about_the_exercise_by_name_and_is_issued_nothing(string database)
    {
        var world = await worlds.OnAsync(database);
        using var store = world.Gateway.AsClient(ExerciseWorld.Store, Scopes.Evaluate, Scopes.Issue);
        Assert.True((bool)(await EvaluateAsync(null))["decision"]!); // remembered without it
        var exercise = await world.StartAsync();
        var issuer = world.Gateway.Issuer.Authority;
        foreach (var named in new[] { null, issuer, $"{issuer}#exercise/{exercise}" })
        {
            var answer = await EvaluateAsync(exercise, named);
            Assert.Equal((true, true), ((bool)answer["decision"]!, (bool)answer["context"]!["exercise"]!));
        }
        Assert.Null((await EvaluateAsync(null))["context"]!["exercise"]); // its own tenant is the force, as ever
        await world.Gateway.RegisterClientAsync(world.Requests.New("south-store") is var south ? south : "", ["south"], Scopes.Evaluate);
        using var stranger = world.Gateway.AsClient(south, Scopes.Evaluate);
        var foreign = await (await stranger.PostAsJsonAsync("/access/v1/evaluation", world.Question(world.Holder, exercise))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_available", (string)foreign["context"]!["reasons"]![0]!["code"]!);

        var refused = await (await store.PostAsJsonAsync("/v1/entitlements", world.Question(world.Holder, exercise))).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal(("urn:entitlements:problem:exercise", true), ((string)refused["type"]!, (bool)refused["context"]!["exercise"]!));
        Assert.Equal(0, (await world.RowsAsync(exercise))["entitlement"]);
        Assert.Contains("\"exercise\"", Assert.Single(await world.AuditsAsync(exercise, "entitlement.refused")));

        async Task<JsonNode> EvaluateAsync(string? tenant, string? iss = null) =>
            await (await store.PostAsJsonAsync("/access/v1/evaluation", world.Question(world.Holder, tenant, issuer: iss))).ShouldBeAsync(HttpStatusCode.OK);
    }

    /// <summary>The last door, should one before it ever stand open.</summary>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_statement_that_records_an_entitlement_records_none_in_an_exercise(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        Assert.Equal(GuardedOutcome.Recorded, await TryAsync("north"));
        Assert.Equal(GuardedOutcome.Overtaken, await TryAsync(exercise));
        await world.Gateway.InDatabaseAsync(db => db.Entitlements.ExecuteDeleteAsync());

        async Task<GuardedOutcome> TryAsync(string tenant)
        {
            await using var scope = world.Gateway.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>();
            var now = world.Requests.Clock.GetUtcNow();
            var truth = new Entitlements.Gateway.Access.Truth(
                new(),
                0,
                await db.Set<TenantGuardRow>().Where(g => g.Tenant == tenant).Select(g => g.Rev).SingleOrDefaultAsync(),
                await db.Set<GlobalGuardRow>().Select(g => g.Rev).SingleAsync()
            );
            EntitlementRow row = new()
            {
                Id = world.Requests.New("ent"),
                Tenant = tenant,
                SubjectKey = await db.Subjects.Where(s => s.Tenant == tenant && s.Id == world.Holder).Select(s => s.Key).SingleAsync(),
                App = world.App,
                Release = await db.Releases.Select(r => r.Key).SingleAsync(),
                ClientIssuer = world.Gateway.Issuer.Authority,
                ClientId = ExerciseWorld.Store,
                Assignment = 1,
                Revision = 0,
                IssuedAt = now,
                ExpiresAt = now.AddMinutes(2),
            };
            return await scope.ServiceProvider.GetRequiredService<GuardedInsert>().TryAsync(tenant, truth, row);
        }
    }
}
