using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>What officers themselves could try: to be two, to give themselves more, to bury a gateway in what they may send.</summary>
public sealed class GovernanceAbuseTests(PostgresServer postgres)
{
    private const string Policy = "/v1/tenants/north/roles/officer/approval";

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "44")]
    public async Task One_person_in_many_sessions_at_once_has_one_vote(string database)
    {
        await using var gateway = await StartAsync(database);
        using var owner = gateway.As("north-app-owner");
        await (await owner.PutAsync("/v1/apps/recorder", CatalogueActs.App(name: "Recorder", highRisk: true))).ShouldBeAsync(HttpStatusCode.OK);
        var change = await (await owner.PutAsync("/v1/apps/recorder/rules/north", new { roles = new[] { "officer" }, device = "none" })).ChangeAsync();
        await gateway.AddPersonAsync("north", "twin", "approver", "data-protection-officer");
        await gateway.InDatabaseAsync(async db =>
        {
            var voter = await db.Subjects.Where(s => s.Id == "north-approver-1").Select(s => s.Person).SingleAsync();
            await db.Subjects.Where(s => s.Id == "twin").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, voter));
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => gateway.VoteAsync(change, i % 3 == 0 ? "twin" : "north-approver-1"))); // a session each
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        foreach (var late in answers.Where(a => a.StatusCode != HttpStatusCode.OK))
        {
            Assert.Equal("already_voted", await late.CodeAsync(HttpStatusCode.Conflict));
        }
        Assert.Equal(1, await gateway.InDatabaseAsync(db => db.Votes.CountAsync(v => v.Change == change)));
        await (await owner.GetAsync("/v1/apps/recorder/rules/north")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "45")]
    public async Task A_role_admin_gives_themself_nothing_and_lifts_no_limit_alone(string database)
    {
        await using var gateway = await StartAsync(database);
        using var admin = gateway.As("north-role-admin");
        const string roles = "/v1/tenants/north/roles";
        foreach (var role in new[] { "officer", "approver", "data-protection-officer" })
        {
            var own = await admin.PutAsync($"{roles}/{role}/assignments/north-role-admin", new { });
            Assert.Equal("own_assignment", await own.CodeAsync(HttpStatusCode.Forbidden));
        }
        await (await admin.PutAsync($"{roles}/platform-admin/assignments/constable", new { })).ShouldBeAsync(HttpStatusCode.NotFound);

        var limited = new
        {
            name = "officer",
            restricted = true,
            establishment = 5,
            longest_assignment = "P30D",
            incompatible_with = new[] { "spare" },
        };
        await (await admin.PutAsync($"{roles}/officer", limited, await admin.ETagAsync($"{roles}/officer"))).ShouldBeAsync(HttpStatusCode.OK);
        var seen = await admin.ETagAsync($"{roles}/officer");
        object[] lifted =
        [
            limited with
            {
                restricted = false,
            },
            limited with
            {
                establishment = 6,
            },
            limited with
            {
                longest_assignment = "P31D",
            },
            limited with
            {
                incompatible_with = Array.Empty<string>(),
            },
        ];
        foreach (var policy in lifted)
        {
            var change = await (await admin.PutAsync($"{roles}/officer", policy, seen)).ChangeAsync();
            Assert.Equal("own_change", await (await gateway.VoteAsync(change, "north-role-admin")).CodeAsync(HttpStatusCode.Forbidden));
        }
        Assert.Equal(seen, await admin.ETagAsync($"{roles}/officer"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "45")]
    public async Task Who_is_put_on_a_list_of_approvers_has_no_say_in_that(string database)
    {
        await using var gateway = await StartAsync(database);
        using var admin = gateway.As("north-role-admin");
        var policy = new
        {
            longest_grant = "P30D",
            default_grant = "PT8H",
            stages = new[] { new { approvers = new[] { new { subject = "north-approver-1" }, new { subject = "north-approver-2" } }, time_limit = "PT8H" } },
        };
        var change = await (await admin.PutAsync(Policy, policy)).ChangeAsync();
        Assert.Equal("named_by_change", await (await gateway.VoteAsync(change, "north-approver-1")).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("own_change", await (await gateway.VoteAsync(change, "north-role-admin")).CodeAsync(HttpStatusCode.Forbidden));
        await gateway.AddPersonAsync("north", "twin", "approver");
        await gateway.InDatabaseAsync(async db =>
        {
            var named = await db.Subjects.Where(s => s.Id == "north-approver-1").Select(s => s.Person).SingleAsync();
            await db.Subjects.Where(s => s.Id == "twin").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, named));
        });
        Assert.Equal("named_by_change", await (await gateway.VoteAsync(change, "twin")).CodeAsync(HttpStatusCode.Forbidden));
        await (await admin.GetAsync(Policy)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    [Trait("Abuse", "52")]
    public async Task An_import_that_is_too_large_too_deep_or_not_what_it_says_creates_nobody()
    {
        await using var gateway = await StartAsync(EachDatabase.Sqlite);
        using var admin = gateway.As("north-role-admin");
        var before = await CountAsync();
        var many = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $$"""{"subject":"bulk-{{i}}"}"""));
        var deep = new string('[', 10_000) + new string(']', 10_000);
        (string Body, HttpStatusCode Status)[] bodies =
        [
            ($$"""{"people":[{{many}}]}""", HttpStatusCode.RequestEntityTooLarge),
            ($$"""{"people":{{deep}}}""", HttpStatusCode.BadRequest),
            ("""{"people":[{"subject":"bulk","__proto__":{"roles":["approver"]}}]}""", HttpStatusCode.BadRequest),
            ("""{"people":[{"subject":1e999}]}""", HttpStatusCode.BadRequest),
            ("""{"people":[{"subject":"bulk","subject":"other"}]}""", HttpStatusCode.BadRequest),
        ];
        foreach (var (body, status) in bodies)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            var answer = await admin.PostAsync(new Uri("/v1/tenants/north/imports", UriKind.Relative), content);
            Assert.Equal((body[..Math.Min(60, body.Length)], status), (body[..Math.Min(60, body.Length)], answer.StatusCode));
        }
        Assert.Equal(before, await CountAsync());

        Task<int> CountAsync() => gateway.InDatabaseAsync(db => db.Subjects.CountAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "70")]
    public async Task What_looks_like_a_pattern_is_text_and_nothing_else(string database)
    {
        await using var gateway = await StartAsync(database);
        const string pattern = "(a+)+$";
        using var admin = gateway.As("north-role-admin");
        var id = await admin.PutAsync($"/v1/tenants/north/roles/{Uri.EscapeDataString(pattern)}", new { name = "x" });
        Assert.True(id.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, id.StatusCode.ToString());
        var search = string.Create(CultureInfo.InvariantCulture, $"/v1/requests?view=all&q={Uri.EscapeDataString(pattern)}");
        Assert.Empty((await admin.ReadAsync(search))["items"]!.AsArray());

        using var platform = gateway.As("platform-admin-1");
        await gateway.PublishAsync(await platform.PutAsync("/v1/resource-types/record", new { actions = new[] { "read" } }), "platform-admin-2");
        using var owner = gateway.As("north-app-owner");
        await (
            await owner.PutAsync(
                "/v1/apps/file?type=record",
                new
                {
                    name = "File",
                    owner = "north",
                    high_risk = false,
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var rule = new
        {
            roles = new[] { "officer" },
            conditions = new[]
            {
                new
                {
                    on = "resource",
                    property = "level",
                    equal_to = pattern,
                },
            },
        };
        await gateway.PublishAsync(await owner.PutAsync("/v1/apps/file/rules/north?type=record&action=read", rule), "north-approver-1", "north-dpo");
        Assert.False(await DecideAsync(new string('a', 50_000) + "!")); // would run for ever, and match the other
        Assert.False(await DecideAsync("aaa"));
        Assert.True(await DecideAsync(pattern));

        async Task<bool> DecideAsync(string level)
        {
            using var constable = gateway.As("constable");
            var answer = await constable.PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = "constable" },
                    action = new { name = "read" },
                    resource = new
                    {
                        type = "record",
                        id = "file",
                        properties = new { level },
                    },
                }
            );
            return (bool)(await answer.ShouldBeAsync(HttpStatusCode.OK))["decision"]!;
        }
    }

    private async Task<TestGateway> StartAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddRoleAsync("north", "spare");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        return gateway;
    }
}
