using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Reports;

/// <summary>The assessments of a force's apps, the most pressing first.</summary>
public sealed class AssessmentQueueTests(PostgresServer postgres)
{
    private const string Queue = "/v1/reports/assessments";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_worst_comes_first_with_what_is_held(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var now = TimeProvider.System.GetUtcNow();
        await AddAsync(gateway, "fine", true, AssessmentOutcome.Approved, now.AddDays(100));
        await AddAsync(gateway, "soon", true, AssessmentOutcome.Approved, now.AddDays(10));
        await AddAsync(gateway, "over", true, AssessmentOutcome.Approved, now.AddDays(-1));
        await AddAsync(gateway, "never", true, null, now);
        await AddAsync(gateway, "screened", true, AssessmentOutcome.NotNeeded, now.AddDays(100));
        await AddAsync(gateway, "harmless", false, null, now);
        await AddAsync(gateway, "denied", true, AssessmentOutcome.Refused, now.AddDays(100));
        await AddAsync(gateway, "listens", true, AssessmentOutcome.Approved, now.AddDays(200), "android.permission.RECORD_AUDIO");

        using var dpo = gateway.As("north-dpo");
        var queue = (await dpo.ReadAsync(Queue))["items"]!.AsArray();
        Assert.Equal(
            ["over lapsed", "screened missing", "never missing", "denied refused", "listens in_force", "soon in_force", "fine in_force", "harmless none"],
            queue.Select(a => $"{a!["app"]} {a["standing"]}")
        );
        var held = Assert.Single(queue[4]!["held"]!.AsArray());
        Assert.Equal("android.permission.RECORD_AUDIO", (string)Assert.Single(held!["uncovered"]!.AsArray())!);

        var first = await dpo.ReadAsync($"{Queue}?limit=3");
        var rest = await dpo.ReadAsync($"{Queue}?limit=500&cursor={first["next_cursor"]}");
        Assert.Equal(queue.Select(Id), first["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(Id));
        Assert.Null(rest["next_cursor"]);
        using var foreign = gateway.As("south-dpo");
        Assert.Empty((await foreign.ReadAsync(Queue))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await foreign.GetAsync($"{Queue}?tenant=north")).StatusCode);
    }

    private static string Id(JsonNode? app) => (string)app!["app"]!;

    private static Task AddAsync(TestGateway gateway, string app, bool highRisk, AssessmentOutcome? outcome, DateTimeOffset until, string? can = null) =>
        gateway.InDatabaseAsync(async db =>
        {
            db.Apps.Add(
                new()
                {
                    Id = app,
                    Type = "app",
                    Skeleton = app,
                    Name = app,
                    Owner = "north",
                    HighRisk = highRisk,
                }
            );
            if (outcome is { } known)
            {
                db.Assessments.Add(
                    new()
                    {
                        App = app,
                        Tenant = "north",
                        Outcome = known,
                        InForceUntil = until,
                        Grace = TimeSpan.FromDays(7),
                    }
                );
            }
            if (can is not null)
            {
                db.Releases.Add(
                    new()
                    {
                        App = app,
                        ReleaseVersion = "2.0",
                        Platform = "android",
                        Capabilities = [can],
                    }
                );
            }
            await db.SaveChangesAsync();
        });
}
