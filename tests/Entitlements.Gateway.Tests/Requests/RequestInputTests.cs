using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Every fault is named, and nothing is kept of what was wrong.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestInputTests(RequestGateways gateways)
{
    [Theory]
    [InlineData("""{"reason":"r"}""", "/resource")]
    [InlineData("""{"role":"x"}""", "/reason")]
    [InlineData("""{"role":"x","reason":""}""", "/reason")]
    [InlineData("""{"role":"x","reason":"two\nlines"}""", "/reason")]
    [InlineData("""{"role":"x","reason":"r","until":"2030-01-01T00:00:00Z","for":"PT1H"}""", "/for")]
    [InlineData("""{"role":"x","reason":"r","for":"PT0S"}""", "/for")]
    [InlineData("""{"role":"x","reason":"r","from":"2030-01-02T00:00:00Z","until":"2030-01-01T00:00:00Z"}""", "/until")]
    [InlineData("""{"role":"../x","reason":"r"}""", "/role")]
    [InlineData("""{"role":"x","reason":"r","ticket":""}""", "/ticket")]
    [InlineData("""{"role":"x","reason":"r","subject":"somebody-else"}""", "/subject")]
    [InlineData("""{"role":"x","reason":"r","state":{"status":"granted"}}""", "/state")]
    [InlineData("""{"role":"x","reason":"r","answers":["a"]}""", "/answers")]
    public async Task A_request_that_says_it_wrongly_is_told_where(string body, string pointer)
    {
        var world = await gateways.OnAsync(EachDatabase.Sqlite);
        using var http = world.As(await world.PersonAsync());
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await NamesAsync(await http.PostAsync("/v1/requests", content), pointer);
    }

    [Theory]
    [InlineData("""{"vote":"maybe","reason":"r"}""", "/vote")]
    [InlineData("""{"vote":"approve"}""", "/reason")]
    [InlineData("""{"vote":"approve","reason":" "}""", "/reason")]
    [InlineData("""{"vote":"approve","reason":"r","person":"somebody-else"}""", "/person")]
    public async Task A_vote_that_says_it_wrongly_is_told_where(string body, string pointer)
    {
        var world = await gateways.OnAsync(EachDatabase.Sqlite);
        using var http = world.As("north-approver-1");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await NamesAsync(await http.PostAsync("/v1/requests/req_none/votes", content), pointer);
    }

    [Theory]
    [InlineData("stages", "[]", "/stages")]
    [InlineData("stages/0/approvers", "[]", "/stages/0/approvers")]
    [InlineData("stages/0/approvers", """[{"role":"approver","line_manager":true}]""", "/stages/0/approvers")]
    [InlineData("stages/0/votes", "0", "/stages/0/votes")]
    [InlineData("stages/0/time_limit", "\"PT0S\"", "/stages/0/time_limit")]
    [InlineData("stages/0/escalate_after", "\"PT20H\"", "/stages/0/escalate_after")]
    [InlineData("stages/0/escalation", """[{"role":"approver"}]""", "/stages/0/escalate_after")]
    [InlineData("longest_grant", "\"P9999D\"", "/longest_grant")]
    [InlineData("default_grant", "\"P31D\"", "/default_grant")]
    [InlineData("cool_off", "\"P91D\"", "/cool_off")]
    [InlineData("patience", "\"PT0S\"", "/patience")]
    [InlineData("questions", """[{"id":"a","en":"?","cy":"?"},{"id":"a","en":"?","cy":"?"}]""", "/questions")]
    public async Task A_policy_that_nobody_could_follow_is_told_where(string member, string value, string pointer)
    {
        var world = await gateways.OnAsync(EachDatabase.Sqlite);
        var policy = RequestWorld.Policy();
        var at = (JsonObject)(member.StartsWith("stages/0/", StringComparison.Ordinal) ? policy["stages"]![0]! : policy);
        at[member.Split('/')[^1]] = JsonNode.Parse(value);
        using var admin = world.As("north-role-admin");
        await NamesAsync(await admin.PutAsync("/v1/tenants/north/roles/officer/approval", policy), pointer);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_quorum_that_nobody_could_reach_is_refused_when_it_is_written(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, lonely) = (world.New("role"), world.New("lonely"));
        await world.Gateway.AddRoleAsync("north", role);
        await world.Gateway.AddRoleAsync("north", lonely);
        await world.PersonAsync(lonely);
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{role}/approval";
        Assert.Equal(
            "quorum_unreachable",
            await (await admin.PutAsync(path, RequestWorld.Policy(RequestWorld.Stage(lonely)))).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "approver_unknown",
            await (await admin.PutAsync(path, RequestWorld.Policy(RequestWorld.Stage("no-such")))).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "id_reserved",
            await (await admin.PutAsync("/v1/tenants/north/roles/approver/approval", RequestWorld.Policy())).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "not_found",
            await (await admin.PutAsync("/v1/tenants/north/roles/no-such/approval", RequestWorld.Policy())).CodeAsync(HttpStatusCode.NotFound)
        );
        Assert.Equal(
            "not_found",
            await (await admin.PutAsync("/v1/tenants/south/roles/officer/approval", RequestWorld.Policy())).CodeAsync(HttpStatusCode.NotFound)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Whom_a_policy_names_does_not_vote_on_it_and_nobody_can_ask_before_it_is_published(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, named) = (world.New("role"), await world.PersonAsync("approver"));
        await world.Gateway.AddRoleAsync("north", role);
        var stage = RequestWorld.Stage();
        stage["approvers"] = new JsonArray(new JsonObject { ["subject"] = named }, new JsonObject { ["role"] = "approver" });
        using var admin = world.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{role}/approval";
        var change = await (await admin.PutAsync(path, RequestWorld.Policy(stage))).ChangeAsync();
        await (await world.AskAsync(await world.PersonAsync(), new { role, reason = "r" })).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("named_by_change", await (await world.Gateway.VoteAsync(change, named)).CodeAsync(HttpStatusCode.Forbidden));
        await (await world.Gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(named, (string)(await admin.ReadAsync(path))["stages"]![0]!["approvers"]![0]!["subject"]!);
        await (await admin.WriteAsync(HttpMethod.Delete, path)).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await (await world.AskAsync(await world.PersonAsync(), new { role, reason = "r" })).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_the_policy_asks_of_a_request_is_asked(string database)
    {
        var world = await gateways.OnAsync(database);
        var policy = RequestWorld.Policy();
        policy["ticket_required"] = true;
        policy["questions"] = JsonNode.Parse("""[{"id":"where","en":"Which operation?","cy":"Pa ymgyrch?"}]""");
        var (role, officer) = (await world.RoleAsync(policy), await world.PersonAsync());
        var answers = new { where = "Operation Larch" };
        foreach (
            var body in new object[]
            {
                new
                {
                    role,
                    reason = "r",
                    answers,
                },
                new
                {
                    role,
                    reason = "r",
                    ticket = "INC1",
                },
                new
                {
                    role,
                    reason = "r",
                    ticket = "INC1",
                    answers = new { where = "", other = "x" },
                },
                new
                {
                    role,
                    reason = "r",
                    ticket = "INC1",
                    answers,
                    @for = "P31D",
                },
                new
                {
                    role,
                    reason = "r",
                    ticket = "INC1",
                    answers,
                    from = world.Clock.GetUtcNow().AddDays(93),
                },
            }
        )
        {
            Assert.Equal("invalid_request", await (await world.AskAsync(officer, body)).CodeAsync(HttpStatusCode.BadRequest));
        }
        await (
            await world.AskAsync(
                officer,
                new
                {
                    role,
                    reason = "r",
                    ticket = "INC1",
                    answers,
                }
            )
        ).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("zone", "\"Europe/Nowhere\"", "/zone")]
    [InlineData("hours", "[]", "/hours")]
    [InlineData("hours", """[{"day":"monday","from":"17:00","until":"09:00"}]""", "/hours/0")]
    [InlineData("hours", """[{"day":"monday","from":"09:00","until":"24:30"}]""", "/hours/0")]
    [InlineData("hours", """[{"day":"monday","from":"09:00","until":"17:00"},{"day":"monday","from":"16:00","until":"18:00"}]""", "/hours/1")]
    [InlineData("holidays", """["25 December"]""", "/holidays/0")]
    public async Task A_calendar_that_no_clock_follows_is_told_where(string member, string value, string pointer)
    {
        var world = await gateways.OnAsync(EachDatabase.Sqlite);
        using var admin = world.As("north-role-admin");
        var calendar = (JsonObject)await admin.ReadAsync("/v1/tenants/north/calendar");
        calendar[member] = JsonNode.Parse(value);
        await NamesAsync(await admin.PutAsync("/v1/tenants/north/calendar", calendar), pointer);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_calendar_is_set_at_once_and_read_back(string database)
    {
        var world = await gateways.OnAsync(database);
        using var admin = world.As("south-role-admin");
        var calendar = new
        {
            zone = "Europe/London",
            hours = new[]
            {
                new
                {
                    day = "friday",
                    from = "22:00",
                    until = "24:00",
                },
            },
            holidays = new[] { "2026-12-25" },
        };
        await (await admin.PutAsync("/v1/tenants/south/calendar", calendar)).ShouldBeAsync(HttpStatusCode.OK);
        var read = await admin.ReadAsync("/v1/tenants/south/calendar");
        Assert.Equal(("24:00", "2026-12-25"), ((string)read["hours"]![0]!["until"]!, (string)read["holidays"]![0]!));
        await (await admin.PutAsync("/v1/tenants/south/calendar", calendar)).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
    }

    private static async Task NamesAsync(HttpResponseMessage answer, string pointer)
    {
        var problem = await answer.ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.True(problem["errors"]?.AsObject().ContainsKey(pointer), problem.ToJsonString());
    }
}
