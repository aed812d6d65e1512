using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Reports;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Reports;

/// <summary>Requests in numbers: by month, outcome and urgency; of sensitive roles only where there are enough to hide each.</summary>
public sealed class RequestReportTests(PostgresServer postgres)
{
    private const string Report = "/v1/reports/requests";
    private static readonly DateTimeOffset January = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Requests_are_counted_by_month_outcome_and_urgency_with_the_time_it_took(string database)
    {
        await using var gateway = await OpenAsync(database);
        for (var hours = 1; hours <= 10; hours++)
        {
            await AskedAsync(gateway, "officer", January, RequestStatus.Granted, hours);
        }
        await AskedAsync(gateway, "officer", January, RequestStatus.Pending);
        await AskedAsync(gateway, "officer", January, RequestStatus.Denied, 1, Urgency.Urgent);
        await AskedAsync(gateway, "officer", January.AddMonths(1), RequestStatus.Expired, 9);
        var report = await ReadAsync(gateway, "north-auditor", "?from=2026-01&to=2026-03");
        Assert.Equal(["2026-01", "2026-02", "2026-03"], report["months"]!.AsArray().Select(m => (string)m!["month"]!));
        Assert.Equal(["ordinary granted 10 pending 1", "urgent denied 1"], Told(report["months"]![0]!["groups"]!));
        Assert.Equal(["ordinary expired 1"], Told(report["months"]![1]!["groups"]!));
        Assert.Empty(Told(report["months"]![2]!["groups"]!));
        var ordinary = report["whole"]![0]!;
        Assert.Equal(("PT5H", "PT9H"), ((string)ordinary["median"]!, (string)ordinary["ninetieth"]!));
        Assert.Null(report["months"]![1]!["groups"]![0]!["median"]);
    }

    [Theory, InlineData(4, 0), InlineData(5, 5)]
    public async Task Of_a_sensitive_role_few_are_not_counted(int asked, int counted)
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        for (var i = 0; i < asked; i++)
        {
            await AskedAsync(gateway, "falcons", January, RequestStatus.Granted, 1);
        }
        var report = await ReadAsync(gateway, "north-dpo", "?from=2026-01&to=2026-01");
        Assert.Equal(counted == 0 ? [] : [FormattableString.Invariant($"ordinary granted {counted}")], Told(report["whole"]!));
    }

    [Fact]
    public async Task Only_whole_months_are_looked_at_two_years_of_them_at_most_and_by_those_who_look_after_people()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        using var auditor = gateway.As("north-auditor");
        foreach (var bad in new[] { "?from=2026-01-15", "?from=2026-13", "?to=x", "?from=2026-02&to=2026-01", "?from=2023-12&to=2026-01" })
        {
            Assert.Equal("invalid_filter", await (await auditor.GetAsync(Report + bad)).CodeAsync(HttpStatusCode.BadRequest));
        }
        Assert.Equal(24, (await ReadAsync(gateway, "north-auditor", "?from=2024-01&to=2025-12"))["months"]!.AsArray().Count);
        Assert.Equal(12, (await ReadAsync(gateway, "north-auditor", ""))["months"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.NotFound, (await auditor.GetAsync($"{Report}?tenant=south")).StatusCode);
        using var approver = gateway.As("north-approver-1");
        Assert.Equal(HttpStatusCode.Forbidden, (await approver.GetAsync(Report)).StatusCode);
    }

    [Fact]
    public void A_percentile_is_a_time_that_there_was()
    {
        List<TimeSpan> times = [.. Enumerable.Range(1, 10).Select(i => TimeSpan.FromHours(i))];
        Assert.Equal(TimeSpan.FromHours(5), RequestReport.Percentile(times, 0.5));
        Assert.Equal(TimeSpan.FromHours(9), RequestReport.Percentile(times, 0.9));
        Assert.Equal(times[0], RequestReport.Percentile(times[..1], 0.9));
        Assert.Null(RequestReport.Percentile([], 0.5));
    }

    private static List<string> Told(JsonNode groups) =>
        [
            .. groups
                .AsArray()
                .Select(g =>
                    $"{g!["urgency"]} {string.Join(' ', g["outcomes"]!.AsArray().Select(o => $"{o!["status"]} {o["count"]}").Order(StringComparer.Ordinal))}"
                ),
        ];

    private static async Task<JsonNode> ReadAsync(TestGateway gateway, string person, string query)
    {
        using var http = gateway.As(person);
        return await http.ReadAsync(Report + query);
    }

    private static Task AskedAsync(
        TestGateway gateway,
        string role,
        DateTimeOffset at,
        RequestStatus status,
        int? hours = null,
        Urgency urgency = Urgency.Ordinary
    ) =>
        gateway.InDatabaseAsync(async db =>
        {
            var subject = db.Subjects.First(s => s.Id == "sparrow");
            db.AccessRequests.Add(
                new()
                {
                    Id = "req_" + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture),
                    Tenant = "north",
                    SubjectKey = subject.Key,
                    Role = role,
                    FiledBy = "person:x|sparrow",
                    Person = "sparrow",
                    Reason = "course",
                    Answers = "{}",
                    Policy = "{}",
                    PolicyVersion = 1,
                    RoleVersion = 1,
                    Urgency = urgency,
                    SubmittedAt = at,
                    ExpiresAt = at.AddDays(30),
                    State = "{}",
                    Status = status,
                    DecidedAt = hours is { } h ? at.AddHours(h) : null,
                }
            );
            await db.SaveChangesAsync();
        });

    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddRoleAsync("north", "falcons", sensitive: true);
        await gateway.AddPersonAsync("north", "sparrow");
        return gateway;
    }
}
