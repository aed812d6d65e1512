using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.OpenStores;

/// <summary>A store that asks and does not refuse yet: answers are real, nobody has more by it, and who would be refused is counted.</summary>
public sealed class ObservationTests(PostgresServer postgres)
{
    private const string Observation = "/v1/apps/notebook/observation/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_would_be_refused_and_still_has_it_is_told_by_name_and_enforcing_is_a_change(string database)
    {
        await using var gateway = await OpenAsync(database);
        await AskAsync(gateway, "stranger"); // before it began: not recorded, the role is unrestricted
        await ObserveAsync(gateway);
        using var admin = gateway.As("north-role-admin");
        Assert.Equal((0, 0), Counts(await admin.ReadAsync($"{Observation}/report")));

        Assert.False(await AskAsync(gateway, "stranger"));
        Assert.False(await AskAsync(gateway, "stranger"));
        Assert.True(await AskAsync(gateway, "keeper-1"));
        Assert.False(await AskAsync(gateway, "=late"));
        await (await IssueAsync(gateway, "stranger")).ShouldBeAsync(HttpStatusCode.Forbidden); // nothing makes the gateway allow more
        var file = await (
            await admin.PostFileAsync($"{Observation}/holders", "subject\nold\nkeeper-2\nghost\nstranger\nold\n"u8.ToArray(), "text/csv")
        ).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal((5, 3), ((int)file["lines"]!, (int)file["people"]!));
        Assert.Equal(["4 ghost nobody", "6 old repeated"], file["left_out"]!.AsArray().Select(l => $"{l!["line"]} {l["name"]} {l["because"]}"));

        var report = await admin.ReadAsync($"{Observation}/report");
        Assert.Equal((3, 3), Counts(report));
        Assert.Equal((3, 1), ((int)report["reported"]!, (int)report["unknown"]!));
        Assert.Equal(["stranger reported 3 role_not_held", "=late asked 1 role_not_held", "old reported 0 role_not_held"], Rows(report));
        var paged = new List<string>();
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await admin.ReadAsync($"{Observation}/report?limit=1{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            paged.AddRange(Rows(page));
            cursor = (string?)page["next_cursor"];
        }
        Assert.Equal(Rows(report), paged);
        Assert.Contains("\"'=late\",no,1,", await admin.GetStringAsync($"{Observation}/report.csv"), StringComparison.Ordinal);

        await (await admin.PutAsync("/v1/tenants/north/roles/keeper/assignments/%3Dlate", new { })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["stranger reported 3 role_not_held", "old reported 0 role_not_held"], Rows(await admin.ReadAsync($"{Observation}/report")));

        using var owner = gateway.As("north-app-owner");
        var counted = await owner.ReadAsync($"{Observation}/report");
        Assert.Equal(((3, 2), null), (Counts(counted), counted["items"]));
        await (await owner.GetAsync($"{Observation}/report.csv")).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.NotNull((string?)(await owner.ReadAsync("/v1/apps/notebook/life/north"))["observed_until"]);
        var end = await (await owner.DeleteAsync($"{Observation}?reason=ready", await owner.ETagAsync(Observation))).ChangeAsync();
        using (var approver = gateway.As("north-approver-1"))
        {
            Assert.Equal(2, (int)(await approver.ReadAsync($"/v1/changes/{end}"))["alteration"]!["would_refuse"]!);
        }
        Assert.Null((string?)(await owner.ReadAsync(Observation))["ended_at"]);
        await gateway.FinishAsync(end);
        Assert.NotNull((string?)(await owner.ReadAsync(Observation))["ended_at"]);
        Assert.Null((string?)(await owner.ReadAsync("/v1/apps/notebook/life/north"))["observed_until"]);
        Assert.False(await AskAsync(gateway, "another"));
        Assert.Equal((3, 2), Counts(await owner.ReadAsync($"{Observation}/report"))); // it is not recorded any more
        Assert.Equal(["observation", "observation_end"], (await PublishedAsync(owner)).Where(kind => kind.StartsWith("observation", StringComparison.Ordinal)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Beginning_and_going_on_take_an_approver_and_the_DPO_sooner_acts_at_once_and_overdue_is_found(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var owner = gateway.As("north-app-owner");
        Assert.Equal("observation_end", await (await PutAsync(owner, 0)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("observation_end", await (await PutAsync(owner, 91)).CodeAsync(HttpStatusCode.Conflict));
        await (await owner.GetAsync(Observation)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await owner.GetAsync($"{Observation}/report")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await owner.DeleteAsync(Observation, "\"1\"")).ShouldBeAsync(HttpStatusCode.NotFound);
        var change = await (await PutAsync(owner, 30)).ChangeAsync();
        Assert.Equal(
            ["north/approver", "north/data-protection-officer"],
            (await owner.ReadAsync($"/v1/changes/{change}"))["quorum_open"]!.AsArray().Select(q => (string)q!)
        );
        await gateway.FinishAsync(change);

        await (await PutAsync(owner, 20)).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        await (await PutAsync(owner, 20, "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
        await (await PutAsync(owner, 40, "\"2\"")).ChangeAsync();
        Assert.DoesNotContain("observation_overdue", await FindingsAsync(gateway));
        await gateway.InDatabaseAsync(db =>
            db.Observations.ExecuteUpdateAsync(set => set.SetProperty(o => o.Until, TimeProvider.System.GetUtcNow().AddMinutes(-1)))
        );
        Assert.Contains("observation_overdue", await FindingsAsync(gateway));
        await gateway.InDatabaseAsync(db => db.Observations.ExecuteUpdateAsync(set => set.SetProperty(o => o.EndedAt, TimeProvider.System.GetUtcNow())));
        Assert.DoesNotContain("observation_overdue", await FindingsAsync(gateway));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_list_of_holders_is_taken_once_while_the_app_is_observed_and_forgotten_when_it_was_wrong(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var admin = gateway.As("north-role-admin");
        Assert.Equal("not_observed", await (await ReportAsync("subject\nold\n")).CodeAsync(HttpStatusCode.Conflict));
        await ObserveAsync(gateway);
        var taken = await ReportAsync("subject\nold\n");
        var at = taken.Headers.Location!.ToString();
        await taken.ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal("file_known", await (await ReportAsync("subject\nold\n")).CodeAsync(HttpStatusCode.Conflict));
        await (await ReportAsync("subject\nold\nstranger\n")).ShouldBeAsync(HttpStatusCode.Created); // people are counted once
        Assert.Equal(2, (int)(await admin.ReadAsync($"{Observation}/report"))["would_refuse"]!);
        await (await admin.DeleteAsync(at)).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.DeleteAsync(at)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal(2, (int)(await admin.ReadAsync($"{Observation}/report"))["would_refuse"]!);
        using var south = gateway.As("south-role-admin");
        await (await south.PostFileAsync($"{Observation}/holders", "subject\nold\n"u8.ToArray(), "text/csv")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await south.GetAsync($"{Observation}/report")).ShouldBeAsync(HttpStatusCode.NotFound);

        Task<HttpResponseMessage> ReportAsync(string list) =>
            admin.PostFileAsync($"{Observation}/holders", System.Text.Encoding.UTF8.GetBytes(list), "text/csv");
    }

    private static (int Asked, int WouldRefuse) Counts(JsonNode report) => ((int)report["asked"]!, (int)report["would_refuse"]!);

    private static List<string> Rows(JsonNode report) =>
        [
            .. report["items"]!
                .AsArray()
                .Select(i =>
                    $"{i!["subject"]} {((bool)i["reported"]! ? "reported" : "asked")} {i["asked"]} {string.Join(' ', i["reasons"]!.AsArray().Select(r => (string)r!))}"
                ),
        ];

    private static async Task<List<string>> PublishedAsync(HttpClient http) =>
        [.. (await http.ReadAsync("/v1/apps/notebook/publications/north"))["items"]!.AsArray().Select(p => (string)p!["kind"]!).Reverse()];

    private static async Task<List<string>> FindingsAsync(TestGateway gateway)
    {
        using var auditor = gateway.As("north-auditor");
        return [.. (await auditor.ReadAsync("/v1/reports/store-health"))["findings"]!.AsArray().Select(f => (string)f!["kind"]!)];
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient owner, double days, string? seen = null) =>
        owner.PutAsync(Observation, new { until = TimeProvider.System.GetUtcNow().AddDays(days), reason = "moving" }, seen);

    private static async Task ObserveAsync(TestGateway gateway)
    {
        using var owner = gateway.As("north-app-owner");
        await gateway.FinishAsync(await (await PutAsync(owner, 30)).ChangeAsync());
    }

    private static async Task<bool> AskAsync(TestGateway gateway, string subject)
    {
        using var store = gateway.AsClient("north-store", "access.evaluate", "entitlements.issue");
        var answer = await (await store.PostAsJsonAsync("/access/v1/evaluation", Question(subject))).ShouldBeAsync(HttpStatusCode.OK);
        return (bool)answer["decision"]!;
    }

    private static async Task<HttpResponseMessage> IssueAsync(TestGateway gateway, string subject)
    {
        using var store = gateway.AsClient("north-store", "access.evaluate", "entitlements.issue");
        return await store.PostAsJsonAsync("/v1/entitlements", Question(subject));
    }

    private static object Question(string subject) =>
        new
        {
            subject = new { type = "user", id = subject },
            action = new { name = "download" },
            resource = new { type = "app", id = "notebook" },
        };

    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "keeper");
        await gateway.AddPersonAsync("north", "stranger");
        await gateway.AddPersonAsync("north", "=late");
        await gateway.AddPersonAsync("north", "keeper-1", "keeper");
        await gateway.AddPersonAsync("north", "keeper-2", "keeper");
        await gateway.AddPersonAsync("north", "old");
        await gateway.AddPersonAsync("north", "another");
        await gateway.AddCrowdAsync("north");
        await gateway.RegisterClientAsync("north-store", ["north"], "access.evaluate", "entitlements.issue");
        await gateway.OpenAppAsync("notebook", "keeper");
        return gateway;
    }
}
