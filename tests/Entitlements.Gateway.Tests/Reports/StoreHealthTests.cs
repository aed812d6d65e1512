using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Reports;

/// <summary>What was right when it was decided and may not be any more is found, and nothing that is right is.</summary>
public sealed class StoreHealthTests(PostgresServer postgres)
{
    private const string Report = "/v1/reports/store-health";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Each_finding_is_made_when_its_formula_says_so_and_not_before(string database)
    {
        await using var gateway = await OpenAsync(database);
        Assert.Empty(await FoundAsync());

        await EditAsync(db => db.Roles.Where(r => r.Id == "officer").ExecuteUpdateAsync(set => set.SetProperty(r => r.Establishment, 1)));
        Assert.Equal(["audience_above_establishment notebook 2/1", "role_above_establishment officer 2/1"], await FoundAsync());
        await EditAsync(db => db.Roles.Where(r => r.Id == "officer").ExecuteUpdateAsync(set => set.SetProperty(r => r.Establishment, 2)));
        Assert.Empty(await FoundAsync());

        await EditAsync(db => Soon(db, 29));
        Assert.Equal(["rule_lapsing notebook", "assessment_lapsing notebook"], await FoundAsync());
        await EditAsync(db => Soon(db, 31));
        Assert.Empty(await FoundAsync());

        await EditAsync(db => Since(db, 91));
        Assert.Equal(["never_fetched notebook 2"], await FoundAsync());
        await EditAsync(db => Since(db, 89));

        await SetActiveAsync("north-app-owner", false);
        Assert.Equal(["rule_without_owner notebook"], await FoundAsync());
        await SetActiveAsync("north-app-owner", true);

        await SetActiveAsync("north-approver-2", false);
        Assert.Equal(["officers_missing"], await FoundAsync());
        await SetActiveAsync("north-approver-2", true);
        await EditAsync(async db =>
        {
            db.ApprovalPolicies.Add(
                new()
                {
                    Tenant = "north",
                    Role = "officer",
                    Policy = "{}",
                }
            );
            await db.SaveChangesAsync();
        });
        Assert.Equal(["pool_below_quorum officer"], await FoundAsync());

        Task<List<string>> FoundAsync() => FindingsAsync(gateway, "north-auditor");
        Task EditAsync(Func<EntitlementsDb, Task> edit) => gateway.InDatabaseAsync(edit);
        Task SetActiveAsync(string subject, bool active) =>
            EditAsync(db => db.Subjects.Where(s => s.Id == subject).ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, active)));
        static async Task Soon(EntitlementsDb db, int days)
        {
            var until = TimeProvider.System.GetUtcNow().AddDays(days);
            await db.Rules.ExecuteUpdateAsync(set => set.SetProperty(r => r.InForceUntil, until));
            await db.Assessments.ExecuteUpdateAsync(set => set.SetProperty(a => a.InForceUntil, until));
        }
        static Task Since(EntitlementsDb db, int days)
        {
            var since = TimeProvider.System.GetUtcNow().AddDays(-days);
            return db.Assignments.Where(a => a.Role == "officer").ExecuteUpdateAsync(set => set.SetProperty(a => a.NotBefore, since));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_assigned_a_restricted_role_to_themself_or_has_lost_the_right_is_found_by_name_for_those_who_know_people(string database)
    {
        await using var gateway = await OpenAsync(database);
        await gateway.InDatabaseAsync(db => db.Roles.Where(r => r.Id == "listener").ExecuteUpdateAsync(set => set.SetProperty(r => r.Restricted, true)));
        await gateway.AddPersonAsync("north", "second");
        using var admin = gateway.As("north-role-admin");
        foreach (var subject in new[] { "spare", "second" })
        {
            await gateway.PublishAsync(await admin.PutAsync($"/v1/tenants/north/roles/listener/assignments/{subject}", new { }), "north-approver-1");
        }
        Assert.Empty(await FindingsAsync(gateway, "north-dpo"));

        await gateway.InDatabaseAsync(async db =>
        {
            var person = await db.Subjects.Where(s => s.Id == "north-role-admin").Select(s => s.Person).SingleAsync();
            await db.Subjects.Where(s => s.Id == "spare").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, person)); // found out later
        });
        Assert.Equal(["assigned_by_holder listener spare"], await FindingsAsync(gateway, "north-dpo"));
        Assert.Equal(["assigned_by_holder listener"], await FindingsAsync(gateway, "north-auditor"));

        await gateway.InDatabaseAsync(async db =>
        {
            var key = await db.Subjects.Where(s => s.Id == "north-role-admin").Select(s => s.Key).SingleAsync();
            await db.Assignments.Where(a => a.SubjectKey == key).ExecuteUpdateAsync(set => set.SetProperty(a => a.Ended, true));
        });
        Assert.Equal(
            ["officers_missing", "assigned_by_holder listener spare", "assigner_without_right listener second"],
            await FindingsAsync(gateway, "north-dpo")
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_forces_first_officers_are_rightly_appointed_by_a_platform_administrator_who_still_is_one(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.InDatabaseAsync(db => // as if it had too few officers to vote on it
            db.Assignments.Where(a => a.Role == "auditor" || a.Role == "approver").ExecuteDeleteAsync()
        );
        using var platform = gateway.As("platform-admin-1");
        await gateway.PublishAsync(await platform.PutAsync("/v1/tenants/north/roles/auditor/assignments/north-auditor", new { }), "platform-admin-2");
        Assert.Equal(["officers_missing"], await FindingsAsync(gateway, "north-dpo"));
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == "platform-admin-1").ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false))
        );
        Assert.Equal(["officers_missing", "assigner_without_right auditor north-auditor"], await FindingsAsync(gateway, "north-dpo"));

        await gateway.AddPersonAsync("north", "approver", "approver"); // one who reviews
        using var admin = gateway.As("north-role-admin");
        var opened = await admin.PostAsJsonAsync("/v1/reviews", new { role = "auditor", reason = "who is that?" });
        var review = (string)(await opened.ShouldBeAsync(HttpStatusCode.Created))["review"]!;
        using var approver = gateway.As("approver");
        await (
            await approver.PostAsJsonAsync(
                $"/v1/reviews/{review}/decisions",
                new
                {
                    items = new[] { $"{review}.1" },
                    decision = "keep",
                    reason = "known",
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(["officers_missing"], await FindingsAsync(gateway, "north-dpo"));
    }

    [Fact]
    public async Task Of_another_force_nothing_is_told()
    {
        await using var gateway = await OpenAsync(EachDatabase.Sqlite);
        using var south = gateway.As("south-auditor");
        await (await south.GetAsync($"{Report}?tenant=north")).ShouldBeAsync(HttpStatusCode.NotFound);
        using var officer = gateway.As("constable");
        await (await officer.GetAsync(Report)).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    /// <summary>The notebook, open to two officers; nobody listens.</summary>
    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddRoleAsync("north", "listener");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddPersonAsync("north", "sergeant", "officer");
        await gateway.AddPersonAsync("north", "spare");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        var now = TimeProvider.System.GetUtcNow();
        await gateway.InDatabaseAsync(async db =>
        {
            await db.Assignments.Where(a => a.Role == "officer").ExecuteUpdateAsync(set => set.SetProperty(a => a.NotBefore, now.AddDays(-1)));
            db.Assessments.Add(
                new()
                {
                    App = "notebook",
                    Tenant = "north",
                    Outcome = Entitlements.Gateway.Catalogue.AssessmentOutcome.Approved,
                    InForceUntil = now.AddDays(300),
                }
            );
            await db.SaveChangesAsync();
        });
        return gateway;
    }

    private static async Task<List<string>> FindingsAsync(TestGateway gateway, string reader)
    {
        using var http = gateway.As(reader);
        var findings = (await http.ReadAsync(Report))["findings"]!.AsArray();
        Assert.All(findings, f => Assert.NotEqual("", (string)f!["formula"]!));
        return
        [
            .. findings.Select(f =>
            {
                var count = f!["count"] is { } many ? $"{many}{(f["limit"] is { } limit ? $"/{limit}" : "")}" : null;
                return string.Join(' ', new[] { (string?)f["kind"], (string?)f["app"], (string?)f["role"], (string?)f["subject"], count }.OfType<string>());
            }),
        ];
    }
}
