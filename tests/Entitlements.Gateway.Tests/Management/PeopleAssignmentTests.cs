using System.Net;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

[Collection(nameof(PeopleGateways))]
public sealed class PeopleAssignmentTests(PeopleGateways gateways)
{
    private async Task<(TestGateway Gateway, HttpClient Admin, string Role)> RoleAsync(string database, object? policy = null)
    {
        var gateway = await gateways.OnAsync(database);
        var admin = gateway.As("north-role-admin");
        var role = gateways.New("role");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", policy ?? new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
        return (gateway, admin, role);
    }

    private async Task<string> PersonAsync(TestGateway gateway, params string[] roles)
    {
        var id = gateways.New("pers");
        await gateway.AddPersonAsync("north", id, roles);
        return id;
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_unrestricted_role_is_assigned_at_once_and_ended_at_once(string database)
    {
        var (gateway, admin, role) = await RoleAsync(database);
        var path = $"/v1/tenants/north/roles/{role}/assignments/{await PersonAsync(gateway)}";
        var answer = await (await admin.PutAsync(path, new { })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(answer["revision"]!.GetValue<long>() > 0);
        Assert.Null(answer["effective"]);
        Assert.True((await admin.ReadAsync(path))["windows"]![0]!["in_force"]!.GetValue<bool>());
        var ended = await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(ended["effective"]!.GetValue<bool>());
        Assert.Single(ended["ended"]!.AsArray());
        await (await admin.PutAsync(path, new { not_after = "2099-01-01T00:00:00Z" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("2099-01-01T00:00:00Z", (await admin.ReadAsync(path))["windows"]![0]!["not_after"]!.GetValue<string>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_two_roles_that_conflict_the_one_that_is_left_is_not_given_back_when_the_other_ends(string database)
    {
        var (gateway, admin, role) = await RoleAsync(database);
        var left = gateways.New("role");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{left}", new { name = left })).ShouldBeAsync(HttpStatusCode.OK);
        var person = await PersonAsync(gateway, role, left);
        await gateway.InDatabaseAsync(db =>
            db.Roles.Where(r => r.Id == role).ExecuteUpdateAsync(set => set.SetProperty(r => r.IncompatibleWith, new List<string> { left }))
        ); // as a directory might bring them, which asks nobody
        var path = $"/v1/tenants/north/roles/{role}/assignments/{person}";
        await (await admin.WriteAsync(HttpMethod.Delete, path, etag: await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        await gateway.InDatabaseAsync(async db =>
        {
            Assert.True(await db.Assignments.Where(a => a.Role == left).Select(a => a.Suspended).SingleAsync());
            Assert.Equal(ReviewCause.Incompatibility, await db.Reviews.Where(r => r.Role == left).Select(r => r.Cause).SingleAsync());
        });
        var other = $"/v1/tenants/north/roles/{left}/assignments/{person}";
        await (await admin.PutAsync(other, new { }, await admin.ETagAsync(other))).ChangeAsync();
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_restricted_role_is_a_change_whose_person_may_not_vote(string database)
    {
        var (gateway, admin, role) = await RoleAsync(
            database,
            new
            {
                name = gateways.New("Quiet"),
                restricted = true,
                sensitive = true,
            }
        );
        var named = await PersonAsync(gateway, "approver");
        var change = await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{named}", new { })).ChangeAsync();
        using var themself = gateway.As(named);
        Assert.Equal("named_by_change", await (await themself.VoteAsync(change)).CodeAsync(HttpStatusCode.Forbidden));
        using var auditor = gateway.As("north-auditor");
        Assert.DoesNotContain(named, (await auditor.ReadAsync($"/v1/changes/{change}")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(change, (await gateway.As("south-approver-1").ReadAsync("/v1/changes")).ToJsonString(), StringComparison.Ordinal);
        await (await gateway.As("south-approver-1").GetAsync($"/v1/changes/{change}")).ShouldBeAsync(HttpStatusCode.NotFound);
        using var approver = gateway.As("north-approver-1");
        Assert.Contains(named, (await approver.ReadAsync($"/v1/changes/{change}")).ToJsonString(), StringComparison.Ordinal);
        await (await approver.VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        await (await auditor.GetAsync($"/v1/tenants/north/roles/{role}/assignments/{named}")).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Empty((await auditor.ReadAsync($"/v1/tenants/north/roles/{role}/assignments"))["items"]!.AsArray());
        Assert.Single((await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments"))["items"]!.AsArray());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nobody_assigns_to_themself_not_even_to_their_second_account(string database)
    {
        var (gateway, admin, role) = await RoleAsync(database);
        Assert.Equal(
            "own_assignment",
            await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/north-role-admin", new { })).CodeAsync(HttpStatusCode.Forbidden)
        );
        var second = await PersonAsync(gateway);
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == second).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, "person-of-north-role-admin"))
        );
        Assert.Equal(
            "own_assignment",
            await (await admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{second}", new { })).CodeAsync(HttpStatusCode.Forbidden)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Twenty_assign_at_once_and_five_get_the_five_places(string database)
    {
        var (gateway, admin, role) = await RoleAsync(database, new { name = gateways.New("Five"), establishment = 5 });
        var people = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            people.Add(await PersonAsync(gateway));
        }
        var answers = await Task.WhenAll(people.Select(p => admin.PutAsync($"/v1/tenants/north/roles/{role}/assignments/{p}", new { })));
        Assert.Equal(5, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        foreach (var refused in answers.Where(a => a.StatusCode != HttpStatusCode.OK))
        {
            Assert.Equal("establishment_reached", await refused.CodeAsync(HttpStatusCode.Conflict));
        }
        Assert.Equal(5, (await admin.ReadAsync($"/v1/tenants/north/roles/{role}/assignments"))["count"]!.GetValue<int>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_shorter_longest_assignment_cuts_ends_and_a_longer_one_lengthens_none(string database)
    {
        var (gateway, admin, role) = await RoleAsync(database);
        var path = $"/v1/tenants/north/roles/{role}";
        var held = $"{path}/assignments/{await PersonAsync(gateway)}";
        await (await admin.PutAsync(held, new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync(path, new { name = role, longest_assignment = "P30D" }, await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        var end = (await admin.ReadAsync(held))["windows"]![0]!["not_after"]!.GetValue<DateTimeOffset>();
        Assert.Equal(
            "longest_assignment",
            await (await admin.PutAsync(held, new { not_after = end.AddDays(300) }, await admin.ETagAsync(held))).CodeAsync(HttpStatusCode.Conflict)
        );
        var change = await (await admin.PutAsync(path, new { name = role, longest_assignment = "P90D" }, await admin.ETagAsync(path))).ChangeAsync();
        await (await gateway.As("north-approver-1").VoteAsync(change)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(end, (await admin.ReadAsync(held))["windows"]![0]!["not_after"]!.GetValue<DateTimeOffset>());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_new_incompatibility_suspends_the_younger_assignment_and_giving_it_back_is_a_change(string database)
    {
        var (gateway, admin, older) = await RoleAsync(database);
        var (_, _, younger) = await RoleAsync(database);
        var person = await PersonAsync(gateway);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{older}/assignments/{person}", new { })).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync($"/v1/tenants/north/roles/{younger}/assignments/{person}", new { })).ShouldBeAsync(HttpStatusCode.OK);
        var path = $"/v1/tenants/north/roles/{older}";
        await (await admin.PutAsync(path, new { name = older, incompatible_with = new[] { younger } }, await admin.ETagAsync(path))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        var held = $"/v1/tenants/north/roles/{younger}/assignments/{person}";
        Assert.True((await admin.ReadAsync(held))["windows"]![0]!["suspended"]!.GetValue<bool>());
        Assert.Equal("incompatible_role", await (await admin.PutAsync(held, new { }, await admin.ETagAsync(held))).CodeAsync(HttpStatusCode.Conflict));
        var first = $"/v1/tenants/north/roles/{older}/assignments/{person}";
        await (await admin.WriteAsync(HttpMethod.Delete, first, etag: await admin.ETagAsync(first))).ShouldBeAsync(HttpStatusCode.OK);
        await (await admin.PutAsync(held, new { }, await admin.ETagAsync(held))).ChangeAsync();
    }

    [Trait("Abuse", "47")]
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_last_administrator_is_not_removed(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("south-role-admin");
        const string Own = "/v1/tenants/south/roles/role-admin/assignments/south-role-admin";
        Assert.Equal(
            "last_administrator",
            await (await admin.WriteAsync(HttpMethod.Delete, Own, etag: await admin.ETagAsync(Own))).CodeAsync(HttpStatusCode.Conflict)
        );
        const string Account = "/v1/tenants/south/subjects/south-role-admin";
        Assert.Equal(
            "last_administrator",
            await (await admin.WriteAsync(HttpMethod.Delete, Account, etag: await admin.ETagAsync(Account))).CodeAsync(HttpStatusCode.Conflict)
        );
    }
}
