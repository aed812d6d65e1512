using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>An exercise is over on its instant, and then leaves nothing behind but what was recorded.</summary>
[Collection(nameof(ExerciseWorlds))]
public sealed class ExerciseDeletionTests(ExerciseWorlds worlds)
{
    /// <summary>What may go on naming it: the log, what is told of it, and the force's own record.</summary>
    private static readonly string[] Records = ["audit_event", "outbox", "inval", "exercise"];

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task On_its_instant_it_is_as_if_it_did_not_exist_whether_or_not_anything_was_deleted(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync(TimeSpan.FromHours(1));
        var until = (string)(await ReadAsync())["until"]!;
        using var store = world.Gateway.AsClient(ExerciseWorld.Store, Scopes.Evaluate);
        Assert.Equal(("", until), await AskAsync()); // remembered, and for no longer
        world.Requests.Clock.Advance(DateTimeOffset.Parse(until, null) - world.Requests.Clock.GetUtcNow() - TimeSpan.FromMilliseconds(1));
        Assert.Equal(("", until), await AskAsync());
        world.Requests.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(("not_available", null), await AskAsync());
        using var holder = world.As(world.Holder, exercise);
        Assert.Equal("exercise_unknown", await (await holder.GetAsync("/v1/requests")).CodeAsync(HttpStatusCode.NotFound));
        Assert.Equal("ended", (string)(await ReadAsync())["state"]!);
        Assert.True((await world.RowsAsync(exercise))["subject"] > 0);

        async Task<JsonNode> ReadAsync()
        {
            using var auditor = world.As("north-auditor");
            return await auditor.ReadAsync($"/v1/tenants/north/exercises/{exercise}");
        }

        async Task<(string, string?)> AskAsync()
        {
            var answer = await (await store.PostAsJsonAsync("/access/v1/evaluation", world.Question(world.Holder, exercise))).ShouldBeAsync(HttpStatusCode.OK);
            var context = answer["context"]!;
            return (string.Join(' ', context["reasons"]!.AsArray().Select(r => (string)r!["code"]!)), (string?)context["valid_until"]);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nothing_of_it_is_left_in_any_table_but_the_records_of_it(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync();
        await DrillAsync(world, exercise);
        var made = (await world.RowsAsync(exercise)).Where(t => t.Value > 0).ToDictionary();
        Assert.Superset(
            new HashSet<string>([
                "access_request",
                "request_vote",
                "request_comment",
                "review",
                "review_item",
                "review_told",
                "change",
                "vote",
                "person_message",
                "idempotency",
                "tenant_guard",
            ]),
            made.Keys.ToHashSet()
        );
        var before = await world.RowsAsync("north");

        using var admin = world.As("north-role-admin");
        var ended = await (await admin.DeleteAsync($"/v1/tenants/north/exercises/{exercise}?reason=done")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)ended["effective"]!);
        Assert.Equal("exercise_over", await (await admin.DeleteAsync($"/v1/tenants/north/exercises/{exercise}")).CodeAsync(HttpStatusCode.Conflict));
        using var holder = world.As(world.Holder, exercise);
        Assert.Equal("exercise_unknown", await (await holder.GetAsync("/v1/requests")).CodeAsync(HttpStatusCode.NotFound));
        await world.DeleteAsync();

        Assert.Equal(before, await world.RowsAsync("north"));
        Assert.Empty(await NamingAsync(world, exercise, Records));
        var shown = await admin.ReadAsync($"/v1/tenants/north/exercises/{exercise}");
        Assert.Equal("deleted", (string)shown["state"]!);
        Assert.Equal(made, shown["deleted"]!.AsObject().ToDictionary(t => t.Key, t => (long)t.Value!));
        Assert.Contains("\"reason\":\"done\"", Assert.Single(await DetailsAsync("exercise.ended")));
        Assert.Contains("\"subject\":", Assert.Single(await DetailsAsync("exercise.deleted")));
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.AuditEvents.AnyAsync(e => e.Tenant == exercise))); // the log stays

        Task<List<string>> DetailsAsync(string kind) => world.AuditsAsync("north", kind, $"exercise/{exercise}");
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Killed_half_way_another_worker_goes_on_and_what_was_deleted_is_counted_once(string database)
    {
        var world = await worlds.OnAsync(database);
        var exercise = await world.StartAsync(TimeSpan.FromMinutes(1));
        var all = (await world.RowsAsync(exercise)).Where(t => t.Value > 0).ToDictionary();
        Assert.False(await world.Clock.PassAsync(exercise)); // it runs
        Assert.Equal(all, (await world.RowsAsync(exercise)).Where(t => t.Value > 0).ToDictionary());
        world.Requests.Clock.Advance(TimeSpan.FromMinutes(1));
        for (var batch = 0; batch < 4; batch++)
        {
            Assert.True(await world.Clock.PassAsync(exercise, most: 7)); // and then its process is gone
        }
        Assert.Equal(all.Values.Sum() - 28, (await world.RowsAsync(exercise)).Values.Sum());
        Assert.Contains(exercise, await world.Clock.OverAsync());
        await Task.WhenAll(DeleteAsync(), DeleteAsync()); // as two replicas do
        Assert.DoesNotContain(exercise, await world.Clock.OverAsync());
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var row = await db.Exercises.SingleAsync(e => e.Id == exercise);
            Assert.Equal((row.Until, null), (row.EndedAt!.Value, row.EndedBy));
            Assert.Equal(all, JsonNode.Parse(row.Deleted)!.AsObject().ToDictionary(t => t.Key, t => (long)t.Value!));
            Assert.Equal(1, await db.AuditEvents.CountAsync(e => e.Kind == "exercise.ended" && e.Target == $"exercise/{exercise}"));
            Assert.Equal(1, await db.AuditEvents.CountAsync(e => e.Kind == "exercise.deleted" && e.Target == $"exercise/{exercise}"));
        });
        Assert.Equal("id_taken", await TakenAsync()); // its name stays its own
        await world.StartAsync(); // and another may begin

        async Task DeleteAsync()
        {
            while (await world.Clock.PassAsync(exercise, most: 11)) { }
        }

        async Task<string?> TakenAsync()
        {
            await using var scope = world.Gateway.Services.CreateAsyncScope();
            var tenant = new TenantAlteration(exercise, "For good", world.Gateway.Issuer.Authority);
            return await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(async write => (await tenant.WeighAsync(write)).Refusal?.Code);
        }
    }

    /// <summary>Something in every table that a drill may fill.</summary>
    private static async Task DrillAsync(ExerciseWorld world, string exercise)
    {
        await (await world.AskAsync(world.Named, exercise, breaks: true)).ShouldBeAsync(HttpStatusCode.Created);
        var asker = "north-auditor";
        var urgent = (string)(await (await world.AskAsync(asker, exercise)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        using var person = world.As(asker, exercise);
        await (await person.PostAsJsonAsync($"/v1/requests/{urgent}/comments", new { text = "on my way" })).ShouldBeAsync(HttpStatusCode.Created);
        await (await world.VoteAsync(world.OnDuty, urgent, exercise)).ShouldBeAsync(HttpStatusCode.OK);
        using var admin = world.As("north-role-admin", exercise);
        var change = await (
            await admin.PutAsync($"/v1/tenants/{exercise}/roles/{world.Role}/assignments/{world.OnDuty}?reason=drill", new { }, key: "drill")
        ).ChangeAsync();
        using var approver = world.As("north-approver-1", exercise);
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        await (await person.PostAsJsonAsync("/v1/requests", new { role = world.Role, reason = "again" })).ShouldBeAsync(HttpStatusCode.Conflict);
    }

    /// <summary>Tables and columns in which the exercise's id stands, but for <paramref name="except"/>. Asks the model, so that a table that is added is looked at, too.</summary>
    private static Task<List<string>> NamingAsync(ExerciseWorld world, string exercise, string[] except) =>
        world.Gateway.InDatabaseAsync(async db =>
        {
            var found = new List<string>();
            foreach (var type in db.Model.GetEntityTypes().Where(t => !except.Contains(t.GetTableName())))
            {
                foreach (var column in type.GetProperties().Where(IsText).Select(p => p.GetColumnName()))
                {
                    if (
                        await ExerciseWorld.CountAsync(
                            db,
                            type.GetTableName()!,
                            $"\"{column}\" like '%' || {{0}} || '%' and not {IsTheForces(type, column)}",
                            exercise
                        ) > 0
                    )
                    {
                        found.Add($"{type.GetTableName()}.{column}");
                    }
                }
            }
            return found;
        });

    /// <summary>The answer that the force's own administrator was given is kept for a day.</summary>
    private static string IsTheForces(IEntityType type, string column) =>
        type.GetTableName() == "idempotency" && column != "caller" ? "caller not like '%#exercise/%'" : "1 = 2";

    private static bool IsText(IProperty property) => (property.GetTypeMapping().Converter?.ProviderClrType ?? property.ClrType) == typeof(string);
}
