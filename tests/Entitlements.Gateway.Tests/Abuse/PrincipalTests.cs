using System.Net;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>Who somebody is, and who came first, through real endpoints.</summary>
public sealed class PrincipalTests(PostgresServer postgres)
{
    [Trait("Abuse", "54")]
    [Fact]
    public async Task The_same_subject_of_another_provider_holds_nothing()
    {
        await using var other = await TestIssuer.StartAsync();
        await using var gateway = await TestGateway.StartAsync(
            null,
            ("Identity:Providers:1:Authority", other.Authority),
            ("Identity:Providers:1:Tenants:0", "north")
        );
        using var own = gateway.As("north-role-admin");
        using var twin = gateway.Bearing(other.PersonToken("north-role-admin"));
        await (await own.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(HttpStatusCode.OK);
        await (await twin.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await gateway.RegisterClientAsync("store", ["north"], Scopes.Evaluate);
        using var store = gateway.Bearing(other.ClientToken("store", Scopes.Evaluate));
        await (await store.PostAsync("/v1/subjects/resolve", new { upn = "x" })).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_client_may_do_only_what_both_its_token_and_its_registration_say(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.RegisterClientAsync("store", ["north"], Scopes.Evaluate);
        using var both = gateway.AsClient("store", Scopes.Evaluate, Scopes.Issue);
        await (await both.PostAsync("/v1/subjects/resolve", new { upn = "x" })).ShouldBeAsync(HttpStatusCode.NotFound); // asked, and there is none
        await (await both.PostAsync("/v1/entitlements", new { })).ShouldBeAsync(HttpStatusCode.Forbidden); // not registered for it
        using var less = gateway.AsClient("store", Scopes.Issue);
        await (await less.PostAsync("/v1/subjects/resolve", new { upn = "x" })).ShouldBeAsync(HttpStatusCode.Forbidden); // the token lacks it
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_function_counts_while_it_is_held_by_an_account_in_force_and_no_longer(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        var key = await gateway.AddPersonAsync("north", "officer", Function.RoleAdmin);
        using var officer = gateway.As("officer");
        await ShouldReadAsync(HttpStatusCode.OK);
        await SubjectAsync(set => set.SetProperty(s => s.Suspended, true));
        await ShouldReadAsync(HttpStatusCode.Forbidden);
        await SubjectAsync(set => set.SetProperty(s => s.Suspended, false).SetProperty(s => s.Active, false));
        await ShouldReadAsync(HttpStatusCode.Forbidden);
        await SubjectAsync(set => set.SetProperty(s => s.Active, true));
        var now = TimeProvider.System.GetUtcNow();
        await AssignmentAsync(set => set.SetProperty(a => a.NotAfter, now));
        await ShouldReadAsync(HttpStatusCode.Forbidden);
        await AssignmentAsync(set => set.SetProperty(a => a.NotBefore, now.AddHours(1)).SetProperty(a => a.NotAfter, now.AddHours(2)));
        await ShouldReadAsync(HttpStatusCode.Forbidden);
        await AssignmentAsync(set => set.SetProperty(a => a.NotBefore, now.AddHours(-1)).SetProperty(a => a.Suspended, true));
        await ShouldReadAsync(HttpStatusCode.Forbidden);
        await AssignmentAsync(set => set.SetProperty(a => a.Suspended, false));
        await ShouldReadAsync(HttpStatusCode.OK);
        await gateway.InDatabaseAsync(db =>
            db.Roles.Where(r => r.Tenant == "north" && r.Id == Function.RoleAdmin).ExecuteUpdateAsync(set => set.SetProperty(r => r.Administrative, false))
        );
        await ShouldReadAsync(HttpStatusCode.Forbidden);

        async Task ShouldReadAsync(HttpStatusCode status) => await (await officer.GetAsync("/v1/tenants/north/subjects")).ShouldBeAsync(status);
        Task SubjectAsync(Action<UpdateSettersBuilder<SubjectRow>> change) =>
            gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Key == key).ExecuteUpdateAsync(change));
        Task AssignmentAsync(Action<UpdateSettersBuilder<RoleAssignmentRow>> change) =>
            gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.SubjectKey == key).ExecuteUpdateAsync(change));
    }

    [Fact]
    public async Task Another_tenants_platform_admin_administers_no_platform()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.InDatabaseAsync(async db =>
        {
            db.Roles.Add(
                new()
                {
                    Tenant = "north",
                    Id = Function.PlatformAdmin,
                    Name = "of north",
                    Administrative = true,
                    Restricted = true,
                }
            );
            await db.SaveChangesAsync();
        });
        await gateway.AddPersonAsync("north", "pretender", Function.PlatformAdmin);
        using var pretender = gateway.As("pretender");
        await (await pretender.GetAsync("/v1/clients")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await pretender.GetAsync("/v1/tenants/south/roles")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_provider_speaks_for_nobody_of_a_tenant_that_it_does_not_list()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.InDatabaseAsync(async db =>
        {
            db.Tenants.Add(
                new()
                {
                    Id = "east",
                    Name = "east",
                    Issuer = gateway.Issuer.Authority,
                }
            );
            db.Roles.Add(
                new()
                {
                    Tenant = "east",
                    Id = Function.RoleAdmin,
                    Name = Function.RoleAdmin,
                    Administrative = true,
                    Restricted = true,
                }
            );
            await db.SaveChangesAsync();
        });
        await gateway.AddPersonAsync("east", "east-role-admin", Function.RoleAdmin);
        await gateway.RegisterClientAsync("robot", ["east"], Scopes.Manage);
        await gateway.InDatabaseAsync(db =>
            db.Clients.ExecuteUpdateAsync(set => set.SetProperty(c => c.Functions, new List<string> { $"east/{Function.RoleAdmin}" }))
        );
        await (await gateway.As("east-role-admin").GetAsync("/v1/tenants/east/subjects")).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await gateway.AsClient("robot", Scopes.Manage).GetAsync("/v1/tenants/east/subjects")).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Trait("Abuse", "51")]
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_many_writers_with_the_same_version_one_writes(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        using var admin = gateway.As("north-role-admin");
        const string Path = "/v1/tenants/north/roles/driver";
        await (await admin.PutAsync(Path, new { name = "Driver", establishment = 100 })).ShouldBeAsync(HttpStatusCode.OK);
        var etag = await admin.ETagAsync(Path);
        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(n => admin.PutAsync(Path, new { name = "Driver", establishment = n }, etag)));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Equal(9, answers.Count(a => a.StatusCode == HttpStatusCode.PreconditionFailed));
    }
}
