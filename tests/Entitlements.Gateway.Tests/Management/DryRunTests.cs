using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.AuthZen;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>Before a vote: who asked in the last 90 days and would hear otherwise.</summary>
public sealed class DryRunTests(PostgresServer postgres)
{
    private const string Rule = "/v1/apps/recorder/rules/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Voters_are_shown_by_name_who_would_hear_otherwise_and_why(string database)
    {
        await using var world = await OpenAsync(database);
        var change = await ProposeAsync(world, "managed");
        using var approver = world.Gateway.As("north-approver-1");
        var seen = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = await approver.ReadAsync($"/v1/changes/{change}/dry-run?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.Equal((4, 0, 1, 2), ((int)page["questions"]!, (int)page["left_out"]!, (int)page["gains"]!, (int)page["loses"]!));
            Assert.Equal(TimeSpan.FromDays(90), (DateTimeOffset)page["until"]! - (DateTimeOffset)page["since"]!);
            seen.Add(Assert.Single(page["items"]!.AsArray())!);
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);
        Assert.Equal(
            [
                "officer phone recorder loses 1 [] [\"device_not_managed\"]", // was issued one
                "veteran tablet recorder loses 1 [] [\"device_not_managed\"]", // only asked
                "=joiner joiner-phone recorder gains 2 [\"role_not_held\"] []",
            ],
            seen.Select(Say)
        );

        var file = await approver.GetAsync($"/v1/changes/{change}/dry-run.csv");
        Assert.Equal("text/csv", file.Content.Headers.ContentType!.MediaType);
        var last = ((DateTimeOffset)seen[2]["last_asked_at"]!).UtcDateTime;
        var lines = (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Equal("subject,device,app,effect,asked,last_asked_at,reasons_before,reasons_after", lines[0]);
        Assert.Equal($"\"'=joiner\",joiner-phone,recorder,gains,2,{last:O},role_not_held,", lines[3]);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_was_tried_out_and_undone(string database)
    {
        await using var world = await OpenAsync(database);
        using var owner = world.Gateway.As("north-app-owner");
        var change = await ProposeAsync(world, "managed");
        var (before, events) = (await owner.ReadAsync(Rule), await EventsAsync());
        using var dpo = world.Gateway.As("north-dpo");
        await dpo.ReadAsync($"/v1/changes/{change}/dry-run");
        Assert.Equal(events, await EventsAsync());
        Assert.Equal(before.ToJsonString(), (await owner.ReadAsync(Rule)).ToJsonString());
        Assert.True(await AskAsync(world, "officer", "phone"));
        Assert.False(await AskAsync(world, "=joiner", "joiner-phone"));

        Task<int> EventsAsync() => world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_need_not_know_is_told_how_many(string database)
    {
        await using var world = await OpenAsync(database);
        var change = await ProposeAsync(world, "known");
        using var owner = world.Gateway.As("north-app-owner");
        var told = await owner.ReadAsync($"/v1/changes/{change}/dry-run");
        Assert.Equal((4, 1, 0, null), ((int)told["questions"]!, (int)told["gains"]!, (int)told["loses"]!, told["items"]));
        await (await owner.GetAsync($"/v1/changes/{change}/dry-run.csv")).ShouldBeAsync(HttpStatusCode.Forbidden);
        using var south = world.Gateway.As("south-approver-1");
        await (await south.GetAsync($"/v1/changes/{change}/dry-run")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync($"/v1/changes/{change}/dry-run.csv")).ShouldBeAsync(HttpStatusCode.NotFound);
        using var officer = world.Gateway.As("officer");
        await (await officer.GetAsync($"/v1/changes/{change}/dry-run")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_decided_or_has_moved_is_not_tried_out_again(string database)
    {
        await using var world = await OpenAsync(database);
        var (first, second) = (await ProposeAsync(world, "known"), await ProposeAsync(world, "managed"));
        await (await world.Gateway.VoteAsync(first, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("published", (string)(await (await world.Gateway.VoteAsync(first, "north-dpo")).ShouldBeAsync(HttpStatusCode.OK))["state"]!);
        using var dpo = world.Gateway.As("north-dpo");
        Assert.Equal("change_decided", await (await dpo.GetAsync($"/v1/changes/{first}/dry-run")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("change_decided", await (await dpo.GetAsync($"/v1/changes/{first}/dry-run.csv")).CodeAsync(HttpStatusCode.Conflict));
        await world.ReviseAsync(db => db.Roles.Where(r => r.Id == "newcomer").ExecuteUpdateAsync(set => set.SetProperty(r => r.Deleted, true)));
        Assert.Equal("change_moved", await (await dpo.GetAsync($"/v1/changes/{second}/dry-run")).CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_asked_longer_ago_than_90_days_does_not_count(string database)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())); // as entitlements are dated
        await using var world = await OpenAsync(database, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        clock.Advance(TimeSpan.FromDays(90));
        var change = await ProposeAsync(world, "managed");
        Assert.Equal((4, 2), await CountAsync());
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((0, 0), await CountAsync());

        async Task<(int, int)> CountAsync()
        {
            using var dpo = world.Gateway.As("north-dpo");
            var run = await dpo.ReadAsync($"/v1/changes/{change}/dry-run");
            return ((int)run["questions"]!, (int)run["loses"]!);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_very_many_questions_the_latest_are_judged_and_the_others_counted(string database)
    {
        await using var world = await OpenAsync(database);
        var now = TimeProvider.System.GetUtcNow();
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var joiner = await db.Subjects.Where(s => s.Id == "=joiner").Select(s => s.Key).SingleAsync();
            db.AuditEvents.AddRange(
                Enumerable
                    .Range(1, 20_000)
                    .Select(i => new Entitlements.Gateway.Audit.AuditEventRow
                    {
                        Kind = "decision.attempted",
                        Tenant = "north",
                        Actor = "test",
                        Target = "app/recorder",
                        Details = $$"""{"decision":false,"reasons":["role_not_held"],"action":"download","subject":{{joiner}},"device":"old-{{i}}"}""",
                        At = now.AddHours(-i * 0.1),
                        Revision = 1,
                    })
            );
            await db.SaveChangesAsync();
        });
        var change = await ProposeAsync(world, "none");
        using var dpo = world.Gateway.As("north-dpo");
        var run = await dpo.ReadAsync($"/v1/changes/{change}/dry-run?limit=1");
        Assert.Equal((20_000, 4, 1), ((int)run["questions"]!, (int)run["left_out"]!, (int)run["gains"]!));
        var file = await dpo.GetStringAsync($"/v1/changes/{change}/dry-run.csv");
        Assert.Equal(1 + 20_000 - 3, file.Count(c => c == '\n')); // a line of names, and all but officer, veteran and bystander
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_change_that_moves_no_app_changes_no_answer(string database)
    {
        await using var world = await OpenAsync(database);
        using var admin = world.Gateway.As("north-role-admin");
        var change = await (await admin.PutAsync("/v1/tenants/north/subjects/newcomer", new { person = "N-1" })).ChangeAsync();
        var run = await admin.ReadAsync($"/v1/changes/{change}/dry-run");
        Assert.Equal((0, 0, 0), ((int)run["questions"]!, (int)run["gains"]!, (int)run["loses"]!));
        Assert.Empty(run["items"]!.AsArray());
    }

    private static string Say(JsonNode item) =>
        $"{item["subject"]} {item["device"]} {item["app"]} {item["effect"]} {item["asked"]} {item["reasons_before"]!.ToJsonString()} {item["reasons_after"]!.ToJsonString()}";

    /// <summary>Of the recorder's rule: newcomers, too, and the device as given. It is known as things stand.</summary>
    private static async Task<string> ProposeAsync(IssuingWorld world, string device)
    {
        using var owner = world.Gateway.As("north-app-owner");
        var seen = await owner.ETagAsync(Rule);
        return await (await owner.PutAsync(Rule, new { roles = new[] { "negotiator", "newcomer" }, device }, seen)).ChangeAsync();
    }

    /// <summary>One was issued the recorder, one may have it, one will be a newcomer with a managed phone, one is nobody.</summary>
    private async Task<IssuingWorld> OpenAsync(string database, Action<IServiceCollection>? services = null)
    {
        var world = await IssuingWorld.StartAsync(services, postgres, database);
        await world.Gateway.AddRoleAsync("north", "newcomer");
        var veteran = await world.Gateway.AddPersonAsync("north", "veteran", "negotiator");
        var joiner = await world.Gateway.AddPersonAsync("north", "=joiner", "newcomer");
        await world.Gateway.AddPersonAsync("north", "idle", "newcomer");
        await world.Gateway.InDatabaseAsync(async db =>
        {
            foreach (var (device, key, managed) in new[] { ("tablet", veteran, false), ("joiner-phone", joiner, true) })
            {
                db.Devices.Add(
                    new()
                    {
                        Tenant = "north",
                        Id = device,
                        SubjectKey = key,
                        Managed = managed,
                    }
                );
            }
            await db.SaveChangesAsync();
        });
        await world.Gateway.RegisterClientAsync("asker", ["north"], Scopes.Evaluate);
        await world.IssueAsync();
        Assert.True(await AskAsync(world, "veteran", "tablet"));
        Assert.False(await AskAsync(world, "=joiner", "joiner-phone"));
        Assert.False(await AskAsync(world, "=joiner", "joiner-phone"));
        Assert.False(await AskAsync(world, "bystander", "phone"));
        return world;
    }

    private static async Task<bool> AskAsync(IssuingWorld world, string person, string device)
    {
        using var asker = world.Gateway.AsClient("asker", Scopes.Evaluate);
        var answer = await asker.AnswerAsync(Asking.One, Asking.Of(person, "download", "recorder", "app", $"'context':{{'device':{{'id':'{device}'}}}}"));
        return answer.Decision();
    }
}
