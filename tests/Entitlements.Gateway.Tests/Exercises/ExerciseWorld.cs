using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>An <see cref="ExerciseWorld"/> on each database, shared by the suites of exercises.</summary>
public sealed class ExerciseWorlds(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<ExerciseWorld>> _worlds = new(StringComparer.Ordinal);

    internal Task<ExerciseWorld> OnAsync(string database) => _worlds.GetOrAdd(database, key => ExerciseWorld.SetAsync(postgres, key));

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _worlds.Values)
        {
            await (await started).Gateway.DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(ExerciseWorlds))]
public sealed class ExerciseCollection : ICollectionFixture<ExerciseWorlds>;

/// <summary>
/// A role of north with an app of its own, somebody on duty who may give it urgently, and somebody who may break the glass for it; a row in every table that
/// an exercise copies. Nothing is deleted but by <see cref="DeleteAsync"/>.
/// </summary>
internal sealed record ExerciseWorld(RequestWorld Requests, string Role, string App, string Rota, string OnDuty, string Named, string Holder)
{
    public const string Store = "test-store";

    public TestGateway Gateway => Requests.Gateway;
    public ExerciseClock Clock => Gateway.Services.GetRequiredService<ExerciseClock>();

    public static async Task<ExerciseWorld> SetAsync(PostgresServer postgres, string database)
    {
        var world = await RequestWorld.StartAsync(postgres, database);
        await world.Gateway.Services.GetRequiredService<ExerciseClock>().StopAsync(CancellationToken.None); // as often as the test says
        using var admin = world.As("north-role-admin");
        await (await admin.PutAsync("/v1/tenants/north/roles/pool", new { name = "Pool" })).ShouldBeAsync(HttpStatusCode.OK);
        var (onDuty, named) = (await world.PersonAsync("pool"), await world.PersonAsync("pool"));
        await world.Gateway.InDatabaseAsync(db => PutOnDutyAsync(db, onDuty, world.Clock.GetUtcNow()));
        var policy = RequestWorld.Policy();
        policy["urgent"] = JsonNode.Parse("""{"rota":"night","longest_grant":"PT12H","escalation":[{"role":"approver"}]}""");
        policy["break_glass"] = JsonNode.Parse("""{"roles":["pool"],"longest_grant":"PT10H","reviewers":[{"role":"approver"}]}""");
        var role = await world.RoleAsync(policy);
        await world.Gateway.OpenAppAsync("recorder", role);
        var holder = await world.PersonAsync(role);
        await world.Gateway.RegisterClientAsync(Store, ["north"], Scopes.Evaluate, Scopes.Issue);
        var scene = new ExerciseWorld(world, role, "recorder", "night", onDuty, named, holder);
        await world.Gateway.InDatabaseAsync(db => scene.FillAsync(db, world.Clock.GetUtcNow()));
        return scene;
    }

    public HttpClient As(string person, string? exercise = null)
    {
        var http = Gateway.As(person);
        if (exercise is not null)
        {
            http.DefaultRequestHeaders.Add("Entitlements-Exercise", exercise);
        }
        return http;
    }

    /// <summary>Ends what runs, and starts another.</summary>
    public async Task<string> StartAsync(TimeSpan? until = null)
    {
        using var admin = As("north-role-admin");
        foreach (
            var running in (await admin.ReadAsync("/v1/tenants/north/exercises?limit=500"))["items"]!.AsArray().Where(e => (string)e!["state"]! == "running")
        )
        {
            await (await admin.DeleteAsync($"/v1/tenants/north/exercises/{running!["exercise"]}")).ShouldBeAsync(HttpStatusCode.OK);
        }
        var answer = await TryStartAsync(until);
        var exercise = (string)(await answer.ShouldBeAsync(HttpStatusCode.Created))["exercise"]!;
        Assert.Equal($"/v1/tenants/north/exercises/{exercise}", answer.Headers.Location!.ToString());
        return exercise;
    }

    public async Task<HttpResponseMessage> TryStartAsync(TimeSpan? until = null, string person = "north-role-admin", string tenant = "north")
    {
        using var admin = As(person);
        return await admin.PostAsJsonAsync(
            $"/v1/tenants/{tenant}/exercises",
            new
            {
                name = "Night drill",
                until = Requests.Clock.GetUtcNow() + (until ?? TimeSpan.FromDays(2)),
                reason = "twice a year",
            }
        );
    }

    /// <summary>The worker's passes over everything that is over, to their end.</summary>
    public async Task DeleteAsync()
    {
        foreach (var exercise in await Clock.OverAsync())
        {
            while (await Clock.PassAsync(exercise)) { }
        }
    }

    /// <summary>What the person hears who asks for the app: the headline's code; empty where it is allowed.</summary>
    public async Task<string> HearsAsync(string person, string? exercise = null, string? phone = null)
    {
        using var http = As(person, exercise);
        var answer = await (await http.PostAsJsonAsync("/access/v1/evaluation", Question(person, phone: phone))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(exercise is not null, (bool?)answer["context"]!["exercise"] ?? false);
        return string.Join(' ', answer["context"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
    }

    public JsonObject Question(string person, string? tenant = null, string? phone = null, string? issuer = null)
    {
        var question = new JsonObject
        {
            ["subject"] = new JsonObject { ["type"] = "user", ["id"] = person },
            ["action"] = new JsonObject { ["name"] = "download" },
            ["resource"] = new JsonObject { ["type"] = "app", ["id"] = App },
            ["context"] = new JsonObject(),
        };
        if (tenant is not null)
        {
            question["context"]!["tenant"] = tenant;
        }
        if (phone is not null)
        {
            question["context"]!["device"] = new JsonObject { ["id"] = phone };
        }
        if (issuer is not null)
        {
            question["subject"]!["properties"] = new JsonObject { ["iss"] = issuer };
        }
        return question;
    }

    /// <summary>Asks for the app in an emergency.</summary>
    public async Task<HttpResponseMessage> AskAsync(string person, string exercise, bool breaks = false)
    {
        var body = JsonNode.Parse($$"""{"resource":{"type":"app","id":"{{App}}"},"reason":"a drill","urgency":"urgent"}""")!.AsObject();
        if (breaks)
        {
            (body["urgency"], body["ticket"]) = ("break_glass", "DRILL-1");
            body["device"] = JsonNode.Parse("""{"id":"drill-phone","serial":"drill-serial"}""");
        }
        using var http = As(person, exercise);
        return await http.PostAsJsonAsync("/v1/requests", body);
    }

    public async Task<HttpResponseMessage> VoteAsync(string person, string request, string? exercise)
    {
        using var http = As(person, exercise);
        return await http.PostAsJsonAsync($"/v1/requests/{request}/votes", new { vote = "approve", reason = "a drill" });
    }

    /// <summary>How many rows of a tenant there are, table by table; the tables in which an exercise has none as well.</summary>
    public Task<SortedDictionary<string, long>> RowsAsync(string tenant) =>
        Gateway.InDatabaseAsync(async db =>
        {
            var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var table in ExerciseTables.All)
            {
                rows[TableOf(db, table.Row)] = await CountAsync(db, TableOf(db, table.Row), table.Theirs, tenant);
            }
            foreach (var more in (string[])["entitlement", "webhook", "listing_count", "upload"])
            {
                rows[more] = await CountAsync(db, more, "tenant = {0}", tenant);
            }
            return rows;
        });

    public static string TableOf(EntitlementsDb db, Type row) => db.Model.FindEntityType(row)!.GetTableName()!;

    /// <summary>Rows of a table for which something holds.</summary>
    public static Task<long> CountAsync(EntitlementsDb db, string table, string where, string tenant)
    {
        var statement = $"select count(*) as \"Value\" from \"{table}\" where {where}"; // of the test's own words
        return db.Database.SqlQueryRaw<long>(statement, tenant).SingleAsync();
    }

    /// <summary>What the log keeps of a kind of event: of an exercise in its force's evidence, where its <paramref name="target"/> is named.</summary>
    public Task<List<string>> AuditsAsync(string tenant, string kind, string? target = null) =>
        Gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Tenant == tenant && e.Kind == kind && (target == null || e.Target == target))
                .OrderBy(e => e.Id)
                .Select(e => e.Details)
                .ToListAsync()
        );

    private static async Task PutOnDutyAsync(EntitlementsDb db, string person, DateTimeOffset now)
    {
        db.Rotas.Add(
            new()
            {
                Tenant = "north",
                Id = "night",
                Name = "Night",
                Role = "pool",
                TimeZone = "Europe/London",
            }
        );
        db.RotaShifts.Add(
            new()
            {
                Tenant = "north",
                Rota = "night",
                SubjectKey = await db.Subjects.Where(s => s.Id == person).Select(s => s.Key).SingleAsync(),
                NotBefore = now.AddHours(-1),
                NotAfter = now.AddDays(30),
                Source = ShiftSource.Admin,
            }
        );
        await db.SaveChangesAsync();
    }

    private async Task FillAsync(EntitlementsDb db, DateTimeOffset now)
    {
        var keys = await db.Subjects.Where(s => s.Tenant == "north").ToDictionaryAsync(s => s.Id, s => s.Key);
        var holder = await db.Subjects.SingleAsync(s => s.Id == Holder);
        (holder.Email, holder.Mobile, holder.DisplayName, holder.Manager) = ("holder@north.example", "+447700900001", "A. Holder", OnDuty);
        db.Calendars.Add(new() { Tenant = "north", Calendar = """{"zone":"Europe/London","hours":[],"holidays":[]}""" });
        db.ReviewPolicies.Add(
            new()
            {
                Tenant = "north",
                Role = Role,
                Every = TimeSpan.FromDays(90),
                AnswerWithin = TimeSpan.FromDays(14),
                Reviewers = "[]",
                OnNoAnswer = Entitlements.Engine.Reviews.NoAnswer.End,
            }
        );
        db.Delegations.Add(
            new()
            {
                Tenant = "north",
                FromSubject = keys["north-approver-1"],
                ToSubject = keys["north-approver-2"],
                NotBefore = now.AddDays(-1),
                NotAfter = now.AddDays(60),
            }
        );
        db.AccreditationSources.Add(
            new()
            {
                Tenant = "north",
                Id = "training",
                ClientIssuer = Gateway.Issuer.Authority,
                ClientId = Store,
                Accreditations = ["refresher"],
                ReportEvery = TimeSpan.FromDays(9999),
            }
        );
        db.Devices.Add(
            new()
            {
                Tenant = "north",
                Id = "phone",
                Kind = Entitlements.Engine.Decisions.DeviceKind.Personal,
                SubjectKey = keys[Holder],
            }
        );
        db.Guidance.Add(
            new()
            {
                App = "other",
                Tenant = "north",
                TextVersion = 1,
                AcceptedFrom = 1,
            }
        );
        db.GuidanceTexts.Add(
            new()
            {
                App = "other",
                Tenant = "north",
                TextVersion = 1,
                English = "Mind",
                Welsh = "Gofal",
                Questions = "[]",
                Substance = true,
                PublishedAt = DateTimeOffset.UnixEpoch,
            }
        );
        db.Assessments.Add(
            new()
            {
                App = "other",
                Tenant = "north",
                InForceUntil = now.AddYears(1),
            }
        );
        db.Adoptions.Add(new() { App = "other", Tenant = "north" });
        db.Bars.Add(
            new()
            {
                App = "other",
                Tenant = "north",
                Kind = Entitlements.Engine.Decisions.Bars.Suspended,
                Reason = "looking into it",
                By = "machine:entitlements",
                At = now,
            }
        );
        await db.SaveChangesAsync();
        db.RotaSwaps.Add(
            new()
            {
                Shift = await db.RotaShifts.Select(s => s.Id).SingleAsync(),
                GiverKey = keys[OnDuty],
                TakerKey = keys[Named],
                NotBefore = now.AddDays(20),
                NotAfter = now.AddDays(21),
                OfferedAt = now,
                State = SwapState.Accepted,
                Taken = 1,
            }
        );
        db.Accreditations.Add(
            new()
            {
                Tenant = "north",
                Source = "training",
                SubjectKey = keys[Holder],
                Accreditation = "refresher",
                NotBefore = now.AddDays(-1),
                NotAfter = now.AddDays(90),
            }
        );
        db.Acknowledgements.Add(
            new()
            {
                App = "other",
                Tenant = "north",
                TextVersion = 1,
                SubjectKey = keys[Holder],
                At = now,
            }
        );
        db.DeviceIdentifiers.Add(
            new()
            {
                Tenant = "north",
                Identifier = "imei-1",
                Device = "phone",
            }
        );
        await db.SaveChangesAsync();
    }
}
