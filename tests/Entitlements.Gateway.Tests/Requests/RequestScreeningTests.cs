using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>After a write only those requests are looked at that something may have been taken from.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestScreeningTests(RequestGateways gateways, PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_write_costs_as_many_statements_with_thousands_of_open_requests_as_with_one(string database)
    {
        var world = await RequestWorld.StartAsync(postgres, database);
        await using var gateway = world.Gateway;
        var (role, app) = (await world.RoleAsync(), world.New("app"));
        await gateway.OpenAppAsync(app, role);
        var first = await world.AskAsync(await world.PersonAsync(), new { resource = new { type = "app", id = app }, reason = "needed" });
        var like = (string)(await first.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        await world.TidyAsync();
        var withOne = await AfterAWriteAsync();
        await CopyAsync(world, like, 3_000);
        var withMany = await AfterAWriteAsync();
        Assert.True(withOne > 0);
        Assert.Equal(withOne, withMany);
        Assert.Equal(3_001, await OpenAsync());
        Assert.False(await gateway.InDatabaseAsync(db => RequestScreening.Unscreened(db).AnyAsync()));

        await gateway.InDatabaseAsync(db => // three of the thousands lose their ground
            db.Subjects.Where(s => s.Id == "many-7" || s.Id == "many-77" || s.Id == "many-777").ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false))
        );
        var withThree = await AfterAWriteAsync();
        Assert.True(withThree < withMany + 3 * 40, $"{withThree} statements");
        Assert.Equal(2_998, await OpenAsync());

        async Task<int> AfterAWriteAsync()
        {
            await world.RoleAsync();
            return await CommandCount.OfAsync(world.TidyAsync);
        }
        Task<int> OpenAsync() => gateway.InDatabaseAsync(db => db.AccessRequests.CountAsync(r => r.IsOpen));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Whatever_takes_the_ground_from_an_open_request_is_found_and_what_stands_is_left_alone(string database)
    {
        var world = await gateways.OnAsync(database);
        using var owner = world.As("north-app-owner");
        using var admin = world.As("north-role-admin");
        var expected = new Dictionary<string, string?>();
        var stands = await world.AskedAsync(await world.PersonAsync(), await world.RoleAsync());
        expected[stands] = null;

        var (barred, barredApp, _) = await OfAppAsync("app_barred");
        await (await owner.PostAsJsonAsync($"/v1/apps/{barredApp}/suspend", new { reason = "r" })).ShouldBeAsync(HttpStatusCode.OK);
        var (_, lapsedApp, _) = await OfAppAsync("assessment_lapsed");
        await world.Gateway.InDatabaseAsync(db =>
            db.Apps.Where(a => a.Id == lapsedApp && a.Type == "app").ExecuteUpdateAsync(set => set.SetProperty(a => a.HighRisk, true))
        );
        var (_, _, given) = await OfRoleAsync("already_held");
        await AssignAsync(given.Role, given.Officer);
        var (_, _, renewed) = await OfRoleAsync("already_held");
        await AssignAsync(renewed.Role, renewed.Officer, world.Clock.GetUtcNow().AddDays(10));
        var (_, _, clash) = await OfRoleAsync("incompatible_role");
        var other = world.New("other");
        await (
            await admin.PutAsync(
                $"/v1/tenants/north/roles/{other}",
                new
                {
                    name = other,
                    restricted = true,
                    incompatible_with = new[] { clash.Role },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        await AssignAsync(other, clash.Officer);
        var (_, _, seat) = await OfRoleAsync("establishment_reached");
        await world.Gateway.InDatabaseAsync(db => db.Roles.Where(r => r.Id == seat.Role).ExecuteUpdateAsync(set => set.SetProperty(r => r.Establishment, 1)));
        await AssignAsync(seat.Role, await world.PersonAsync());
        var (_, _, gone) = await OfRoleAsync("role_changed");
        await world.Gateway.InDatabaseAsync(db =>
            db.ApprovalPolicies.Where(p => p.Role == gone.Role).ExecuteUpdateAsync(set => set.SetProperty(p => p.Deleted, true))
        );

        await world.RoleAsync(); // a write to something else
        await world.TidyAsync();
        foreach (var (id, because) in expected)
        {
            var shown = await world.ReadAsync("north-dpo", id);
            Assert.Equal((because is null ? "pending" : "voided", because), ((string)shown["status"]!, (string?)shown["outcome"]));
        }
        Assert.Equal("app_barred", expected[barred]);

        async Task<(string Id, string App, string Role)> OfAppAsync(string because)
        {
            var (role, app) = (await world.RoleAsync(), world.New("app"));
            await world.Gateway.OpenAppAsync(app, role);
            var made = await world.AskAsync(await world.PersonAsync(), new { resource = new { type = "app", id = app }, reason = "needed" });
            var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
            expected[id] = because;
            return (id, app, role);
        }
        async Task<(string Id, string Because, (string Role, string Officer) Who)> OfRoleAsync(string because)
        {
            var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
            var id = await world.AskedAsync(officer, role);
            expected[id] = because;
            return (id, because, (role, officer));
        }
        Task AssignAsync(string role, string person, DateTimeOffset? until = null)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(1)); // after it was asked for
            return world.Gateway.InDatabaseAsync(async db =>
            {
                db.Assignments.Add(
                    new()
                    {
                        Tenant = "north",
                        Role = role,
                        SubjectKey = await db.Subjects.Where(s => s.Id == person).Select(s => s.Key).SingleAsync(),
                        NotBefore = world.Clock.Now(),
                        NotAfter = until,
                    }
                );
                await db.SaveChangesAsync();
            });
        }
    }

    /// <summary>So many people ask for the same.</summary>
    private static Task CopyAsync(RequestWorld world, string like, int many) =>
        world.Gateway.InDatabaseAsync(async db =>
        {
            var row = await db.AccessRequests.AsNoTracking().SingleAsync(r => r.Id == like);
            var people = Enumerable
                .Range(0, many)
                .Select(i => new Entitlements.Gateway.Assignments.SubjectRow
                {
                    Tenant = "north",
                    Issuer = world.Gateway.Issuer.Authority,
                    Id = FormattableString.Invariant($"many-{i}"),
                    Person = FormattableString.Invariant($"person-of-many-{i}"),
                })
                .ToList();
            db.Subjects.AddRange(people);
            await db.SaveChangesAsync();
            db.AccessRequests.AddRange(
                people.Select(person => new AccessRequestRow
                {
                    Id = $"req_{person.Id}",
                    Tenant = row.Tenant,
                    SubjectKey = person.Key,
                    Role = row.Role,
                    ResourceType = row.ResourceType,
                    Resource = row.Resource,
                    Action = row.Action,
                    FiledBy = row.FiledBy,
                    Person = person.Person!,
                    Reason = row.Reason,
                    Answers = row.Answers,
                    Policy = row.Policy,
                    PolicyVersion = row.PolicyVersion,
                    RoleVersion = row.RoleVersion,
                    RuleVersion = row.RuleVersion,
                    SubmittedAt = row.SubmittedAt,
                    ExpiresAt = row.ExpiresAt,
                    State = row.State,
                    Status = row.Status,
                    IsOpen = true,
                    DueAt = row.DueAt,
                })
            );
            await db.SaveChangesAsync();
        });
}
