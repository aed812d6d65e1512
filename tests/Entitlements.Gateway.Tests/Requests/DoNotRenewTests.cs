using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>"Do not renew" is recorded, and wins until it is undone with a reason (workflow §3).</summary>
[Collection(nameof(RequestGateways))]
public sealed class DoNotRenewTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_wins_over_every_later_request_ends_nothing_early_and_is_undone_with_a_reason(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, other, app) = (await world.RoleAsync(), await world.PersonAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        await world.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == other).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, $"person-of-{officer}"))
        );
        var id = await RequestEdgeTests.GrantedAsync(world, officer, role);
        await (await RecordAsync(world, "north-approver-2", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("recorded_already", await (await RecordAsync(world, "north-dpo", id)).CodeAsync(HttpStatusCode.Conflict));
        var shown = (await world.ReadAsync(officer, id))["not_to_be_renewed"]!;
        Assert.Equal(("person-of-north-approver-2", "moves to another unit"), ((string)shown["person"]!, (string)shown["reason"]!));
        Assert.True(await world.MayAsync(officer, app)); // nothing ends early
        var ask = new { role, reason = "longer" };
        foreach (var account in new[] { officer, other })
        {
            Assert.Equal("not_to_be_renewed", await (await world.AskAsync(account, ask)).CodeAsync(HttpStatusCode.Conflict));
        }
        world.Clock.Advance(TimeSpan.FromHours(9)); // nor does it end with the grant
        Assert.Equal("not_to_be_renewed", await (await world.AskAsync(officer, ask)).CodeAsync(HttpStatusCode.Conflict));

        using var approver = world.As("north-approver-1");
        var path = $"/v1/requests/{id}/do-not-renew";
        var seen = await approver.ETagAsync($"/v1/requests/{id}");
        var silent = await (await approver.WriteAsync(HttpMethod.Delete, path, etag: seen)).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.True(silent["errors"]!.AsObject().ContainsKey("/reason"), silent.ToJsonString());
        await (await approver.WriteAsync(HttpMethod.Delete, $"{path}?reason=stays")).ShouldBeAsync(HttpStatusCode.PreconditionRequired);
        await (await approver.WriteAsync(HttpMethod.Delete, $"{path}?reason=stays", etag: seen)).ShouldBeAsync(HttpStatusCode.OK);
        await (await approver.WriteAsync(HttpMethod.Delete, $"{path}?reason=stays", etag: seen)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.AskAsync(officer, ask)).ShouldBeAsync(HttpStatusCode.Created);
        var record = await world.Gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Target == id && e.Kind.StartsWith("grant.")).OrderBy(e => e.Id).Select(e => new { e.Kind, e.Details }).ToListAsync()
        );
        Assert.Equal(["grant.not_to_be_renewed", "grant.may_be_renewed"], record.Select(e => e.Kind));
        Assert.Contains("moves to another unit", record[0].Details, StringComparison.Ordinal);
        Assert.Contains("stays", record[1].Details, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_asked_for_already_is_void_with_it_and_others_requests_are_not(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, colleague) = (await world.RoleAsync(), await world.PersonAsync(), await world.PersonAsync());
        var id = await RequestEdgeTests.GrantedAsync(world, officer, role);
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        var (renewal, theirs) = (await world.AskedAsync(officer, role, "longer"), await world.AskedAsync(colleague, role));
        await (await RecordAsync(world, "north-role-admin", id)).ShouldBeAsync(HttpStatusCode.OK);
        var voided = await world.ReadAsync(officer, renewal);
        Assert.Equal(("voided", "not_to_be_renewed"), ((string)voided["status"]!, (string)voided["outcome"]!));
        Assert.Equal("request_decided", await (await world.VoteAsync("north-approver-1", renewal)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("pending", await world.StatusAsync(colleague, theirs));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_decides_or_looks_after_people_or_manages_the_holder_says_so_and_nobody_else(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, manager) = (await world.RoleAsync(), await world.PersonAsync("approver"), await world.PersonAsync());
        await world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == officer).ExecuteUpdateAsync(set => set.SetProperty(s => s.Manager, manager)));
        var id = await RequestEdgeTests.GrantedAsync(world, officer, role);
        foreach (var stranger in new[] { await world.PersonAsync(), "north-app-owner", "south-role-admin" })
        {
            Assert.Equal("not_found", await (await RecordAsync(world, stranger, id)).CodeAsync(HttpStatusCode.NotFound));
        }
        Assert.Equal("own_request", await (await RecordAsync(world, officer, id)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("not_an_approver", await (await RecordAsync(world, "north-auditor", id)).CodeAsync(HttpStatusCode.Forbidden));
        foreach (var may in new[] { manager, "north-approver-1", "north-role-admin", "north-dpo" })
        {
            var answer = await RecordAsync(world, may, id);
            await answer.ShouldBeAsync(HttpStatusCode.OK);
            using var own = world.As(officer);
            var path = $"/v1/requests/{id}/do-not-renew?reason=stays";
            var taken = await own.WriteAsync(HttpMethod.Delete, path, etag: await own.ETagAsync($"/v1/requests/{id}"));
            Assert.Equal("own_request", await taken.CodeAsync(HttpStatusCode.Forbidden)); // nobody lets themself in again
            using var http = world.As(may);
            await (await http.WriteAsync(HttpMethod.Delete, path, etag: answer.Headers.ETag!.Tag)).ShouldBeAsync(HttpStatusCode.OK);
        }
        var open = await world.AskedAsync(await world.PersonAsync(), role);
        Assert.Equal("not_granted", await (await RecordAsync(world, "north-approver-1", open)).CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_emergency_passes_it(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var world = scene.World;
        var id = await scene.AskedAsync(scene.Named);
        await (await world.VoteAsync(scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        await (await RecordAsync(world, scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        world.Clock.Advance(TimeSpan.FromHours(13));
        Assert.Equal("not_to_be_renewed", await (await scene.AskAsync(scene.Named)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("not_to_be_renewed", await (await scene.BreakAsync(scene.Named, world.New("phone"))).CodeAsync(HttpStatusCode.Conflict));
    }

    private static async Task<HttpResponseMessage> RecordAsync(RequestWorld world, string who, string request)
    {
        using var http = world.As(who);
        return await http.PostAsJsonAsync($"/v1/requests/{request}/do-not-renew", new { reason = "moves to another unit" });
    }
}
