using System.Net;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Reviews;

/// <summary>After an emergency somebody says whether it was one, sooner or later.</summary>
[Collection(nameof(ReviewGateways))]
public sealed class BreakGlassReviewTests(ReviewGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_use_of_the_glass_is_answered_for_also_when_it_is_overdue_and_blocks_until_then(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, user, review) = await BrokenAsync(world, until: TimeSpan.FromHours(12));
        Assert.Equal((1, false), (await OpenAsync(world, role), await IsOverdueAsync(world, role)));
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.PersonMessages.Where(m => m.Reference == review).AllAsync(m => m.Urgent)));
        Assert.Equal(["north-approver-1", "north-approver-2"], await world.ToldAsync(review));
        var item = (string)Assert.Single(await world.ItemsAsync("north-approver-1", review))["id"]!;
        Assert.Equal("own_item", await (await world.DecideAsync(user, review, [item], "justified")).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("invalid_body", await (await world.DecideAsync("north-approver-1", review, [item], "keep")).CodeAsync(HttpStatusCode.BadRequest));

        world.Requests.Clock.Advance(TimeSpan.FromHours(24));
        Assert.True(await IsOverdueAsync(world, role)); // by the clock alone
        await world.TidyAsync();
        await world.TidyAsync();
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "review.overdue" && m.Payload.Contains(review))));
        Assert.Contains(review, await world.ListAsync("north-approver-2", "view=inbox&cause=break_glass"));
        Assert.True(await IsOverdueAsync(world, role));

        await (await world.DecideAsync("north-approver-2", review, [item], "justified")).ShouldBeAsync(HttpStatusCode.OK); // though the access is long over
        Assert.Equal((0, false), (await OpenAsync(world, role), await IsOverdueAsync(world, role)));
        Assert.Equal("justified", (string)(await world.ItemsAsync("north-approver-1", review))[0]["status"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_not_justified_ends_at_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, user, review) = await BrokenAsync(world, until: TimeSpan.FromHours(12));
        var app = world.Requests.New("app");
        await world.Gateway.OpenAppAsync(app, role);
        Assert.True(await world.Requests.MayAsync(user, app));
        var item = (string)Assert.Single(await world.ItemsAsync("north-approver-1", review))["id"]!;
        await (await world.DecideAsync("north-approver-1", review, [item], "not_justified")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await world.Requests.MayAsync(user, app));
        Assert.Equal(0, await OpenAsync(world, role));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_the_user_was_given_by_a_later_request_is_not_ended_by_it(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, _, review) = await BrokenAsync(world, until: TimeSpan.FromHours(12));
        await world.Gateway.InDatabaseAsync(db =>
            db.Assignments.Where(a => a.Role == role).ExecuteUpdateAsync(set => set.SetProperty(a => a.Origin, "req_later"))
        );
        var item = (string)Assert.Single(await world.ItemsAsync("north-approver-1", review))["id"]!;
        await (await world.DecideAsync("north-approver-1", review, [item], "not_justified")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == role).Select(a => a.Ended).SingleAsync()));
    }

    private static async Task<(string Role, string User, string Review)> BrokenAsync(ReviewWorld world, TimeSpan until)
    {
        var (role, _) = await world.HeldAsync(0);
        var user = await world.Requests.PersonAsync();
        var key = await world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == user).Select(s => s.Key).SingleAsync());
        var review = await world.WriteAsync(async scope =>
        {
            await Seats.TakeAsync(scope, "north", role, key, id: null, scope.Earliest, scope.Now + until, AssignmentSource.Emergency, $"req_{role}");
            var assignment = await scope.Db.Assignments.SingleAsync(a => a.Role == role);
            IReadOnlyList<Approver> reviewers = [new(ApproverKind.Role, "approver")];
            return await BreakGlassReviews.OpenAsync(scope, new("north", role, assignment.Id, $"req_{role}", $"person:{user}", $"person-of-{user}", reviewers));
        });
        return (role, user, review);
    }

    private static Task<int> OpenAsync(ReviewWorld world, string role) =>
        world.Gateway.InDatabaseAsync(db => BreakGlassReviews.OpenCountAsync(db, "north", role));

    private static Task<bool> IsOverdueAsync(ReviewWorld world, string role) =>
        world.Gateway.InDatabaseAsync(db => BreakGlassReviews.IsOverdueAsync(db, "north", role, world.Requests.Clock.Now()));
}
