using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Reviews;

/// <summary>Who answers, and what they are shown.</summary>
[Collection(nameof(ReviewGateways))]
public sealed class ReviewerTests(ReviewGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Nobody_reviews_their_own_by_whichever_account(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(2);
        var other = await world.Requests.PersonAsync("approver"); // the second account of the first holder
        await SetAsync(world, other, person: $"person-of-{holders[0]}");
        var review = await world.OpenedAsync(role);
        var (own, colleagues) = (await world.ItemOfAsync(review, holders[0]), await world.ItemOfAsync(review, holders[1]));
        foreach (var decision in new[] { "keep", "remove" })
        {
            Assert.Equal("own_item", await (await world.DecideAsync(other, review, [own], decision)).CodeAsync(HttpStatusCode.Forbidden));
            Assert.Equal("own_item", await (await world.DecideAsync(holders[0], review, [own], decision)).CodeAsync(HttpStatusCode.Forbidden));
        }
        var mixed = await (await world.DecideAsync(other, review, [colleagues, own], "keep")).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("own_item", (string)mixed["errors"]!["/items/1"]![0]!);
        Assert.Equal("open", (string)(await world.ItemsAsync(other, review)).Single(i => (string)i["id"]! == colleagues)["status"]!); // all or nothing
        Assert.Equal(1, (int)(await world.ReadAsync(other, review))["waiting"]!);
        await (await world.DecideAsync(other, review, [colleagues], "keep")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.DoesNotContain(review, await world.ListAsync(other, "view=inbox")); // what is left is their own
        await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == other)).ExecuteDeleteAsync());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_lost_the_role_is_no_reviewer_any_more_and_who_has_it_now_is_told(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, _) = await world.HeldAsync(1);
        var (board, members) = await world.HeldAsync(1);
        await world.ReviewedAsync(role, new { reviewers = new[] { new { role = board } } });
        var review = await world.OpenedAsync(role);
        Assert.Equal(members, await world.ToldAsync(review));
        var items = (await world.ItemsAsync(members[0], review)).Select(i => (string)i["id"]!).ToList();

        var successor = await world.Requests.PersonAsync();
        var path = $"/v1/tenants/north/roles/{board}/assignments";
        using var admin = world.As("north-role-admin");
        await world.Gateway.PublishAsync(await admin.PutAsync($"{path}/{successor}", new { }), "north-approver-1");
        await (await admin.DeleteAsync($"{path}/{members[0]}", await admin.ETagAsync($"{path}/{members[0]}"))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_found", await (await world.DecideAsync(members[0], review, items, "keep")).CodeAsync(HttpStatusCode.NotFound));
        await world.TidyAsync();
        Assert.Contains(successor, await world.ToldAsync(review));
        Assert.Contains(review, await world.ListAsync(successor, "view=inbox"));
        Assert.Equal("not_a_reviewer", await (await world.DecideAsync("north-role-admin", review, items, "keep")).CodeAsync(HttpStatusCode.Forbidden));
        await (await world.DecideAsync(successor, review, items, "keep")).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_line_manager_answers_for_those_whom_they_manage_and_sees_no_others(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(3);
        var manager = await world.Requests.PersonAsync();
        await SetAsync(world, holders[0], manager: manager);
        await SetAsync(world, holders[1], manager: holders[1]); // their own
        var review = await world.OpenedAsync(role);
        Assert.Contains(manager, await world.ToldAsync(review));
        Assert.DoesNotContain(holders[1], await world.ToldAsync(review));
        Assert.Contains(review, await world.ListAsync(manager, "view=inbox"));
        var shown = await world.ReadAsync(manager, review);
        Assert.Equal((1, true), ((int)shown["waiting"]!, shown["items"] is null)); // how many there are is not theirs to know
        var item = Assert.Single(await world.ItemsAsync(manager, review));
        Assert.Equal(holders[0], (string)item["subject"]!);
        var hidden = await world.ItemOfAsync(review, holders[2]);
        var refused = await (await world.DecideAsync(manager, review, [hidden], "keep")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal("is none of this review's items", (string)refused["errors"]!["/items/0"]![0]!);
        await (await world.DecideAsync(manager, review, [(string)item["id"]!], "keep")).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Where_nobody_is_left_approvers_stand_in_then_the_DPO_then_it_is_told_that_nobody_can(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync();
        await world.ReviewedAsync(role, new { reviewers = new[] { new { subject = holders[0] } } }); // the only reviewer holds it
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, holders[0]);
        Assert.Equal(["north-approver-1", "north-approver-2"], await world.ToldAsync(review));
        Assert.Equal("own_item", await (await world.DecideAsync(holders[0], review, [item], "keep")).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("not_a_reviewer", await (await world.DecideAsync("north-dpo", review, [item], "keep")).CodeAsync(HttpStatusCode.Forbidden));

        await SuspendAsync(["north-approver-1", "north-approver-2"], true);
        try
        {
            Assert.Contains(review, await world.ListAsync("north-dpo", "view=inbox"));
            await SuspendAsync(["north-dpo"], true);
            await world.Gateway.InDatabaseAsync(db =>
                db.Reviews.Where(r => r.Id == review).ExecuteUpdateAsync(set => set.SetProperty(r => r.SeenRevision, -1))
            );
            await world.TidyAsync();
            await world.TidyAsync();
            Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "review.no_reviewer" && m.Payload.Contains(review))));
            await SuspendAsync(["north-dpo"], false);
            await (await world.DecideAsync("north-dpo", review, [item], "keep")).ShouldBeAsync(HttpStatusCode.OK);
        }
        finally
        {
            await SuspendAsync(["north-approver-1", "north-approver-2", "north-dpo"], false);
        }

        Task SuspendAsync(string[] people, bool suspended) =>
            world.Gateway.InDatabaseAsync(db =>
                db.Subjects.Where(s => people.Contains(s.Id)).ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, suspended))
            );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_holds_a_sensitive_role_is_named_to_who_must_know(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(2, sensitive: true);
        var review = await world.OpenedAsync(role);
        foreach (var knows in new[] { "north-approver-1", "north-role-admin", "north-dpo" })
        {
            Assert.Equal(
                holders.Order(StringComparer.Ordinal),
                (await world.ItemsAsync(knows, review)).Select(i => (string)i["subject"]!).Order(StringComparer.Ordinal)
            );
        }
        var blind = await world.ItemsAsync("north-auditor", review);
        Assert.Equal(2, blind.Count);
        Assert.All(blind, item => Assert.Null(item["subject"]));
        Assert.All(blind, item => Assert.Null(item["display_name"]));
        Assert.Null((await world.ReadAsync("north-auditor", review))["items"]); // too few to say how many
        Assert.Equal(holders[0], (string)Assert.Single(await world.ItemsAsync(holders[0], review))["subject"]!); // their own
        var told = await world.Gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Payload.Contains(review)).Select(m => m.Payload).ToListAsync());
        Assert.All(told, message => Assert.DoesNotContain(role, message, StringComparison.Ordinal));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task To_others_there_is_no_such_review(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync();
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, holders[0]);
        foreach (var stranger in new[] { "south-approver-1", "south-role-admin", "south-dpo", await world.Requests.PersonAsync(), "platform-admin-1" })
        {
            using var http = world.As(stranger);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/reviews/{review}")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/v1/reviews/{review}/items")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await world.DecideAsync(stranger, review, [item], "remove")).StatusCode);
            foreach (var view in new[] { "inbox", "mine", "answered", "all" })
            {
                Assert.DoesNotContain(review, await world.ListAsync(stranger, $"view={view}"));
            }
        }
        using var south = world.As("south-role-admin");
        Assert.Equal(HttpStatusCode.NotFound, (await south.PostAsJsonAsync("/v1/reviews", new { role, reason = "curious" })).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (
                await south.PostAsJsonAsync(
                    "/v1/reviews",
                    new
                    {
                        tenant = "north",
                        role,
                        reason = "curious",
                    }
                )
            ).StatusCode
        );
        using var app = world.As("north-app-owner");
        Assert.Equal(HttpStatusCode.Forbidden, (await app.PostAsJsonAsync("/v1/reviews", new { role, reason = "curious" })).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_none_of_the_reviews_items_is_refused_at_its_place_and_nothing_is_answered(string database)
    {
        var world = await gateways.OnAsync(database);
        var ((role, holders), (otherRole, otherHolders)) = (await world.HeldAsync(), await world.HeldAsync());
        var (review, other) = (await world.OpenedAsync(role), await world.OpenedAsync(otherRole));
        var (own, foreign) = (await world.ItemOfAsync(review, holders[0]), await world.ItemOfAsync(other, otherHolders[0]));
        string[] wrong = [own, foreign, $"{review}.99", $"{review}.01", $"{review}.", "1", $"{review}.-1", $"{review}.99999999999", own];
        var refused = await (await world.DecideAsync("north-approver-1", review, wrong, "remove")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal(
            Enumerable.Range(1, 8).Select(i => $"/items/{i}").Order(StringComparer.Ordinal),
            refused["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal("stands here twice", (string)refused["errors"]!["/items/8"]![0]!);
        foreach (var items in new[] { [], Enumerable.Repeat(own, 501) })
        {
            Assert.NotNull(
                (await (await world.DecideAsync("north-approver-1", review, items, "keep")).ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]!["/items"]
            );
        }
        foreach (var reason in new[] { "", " ", "two\nlines", new string('x', 501) })
        {
            using var http = world.As("north-approver-1");
            var body = new
            {
                items = new[] { own },
                decision = "keep",
                reason,
            };
            var answer = await (await http.PostAsJsonAsync($"/v1/reviews/{review}/decisions", body)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.NotNull(answer["errors"]!["/reason"]);
        }
        var misfit = await (await world.DecideAsync("north-approver-1", review, [own], "justified")).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.NotNull(misfit["errors"]!["/decision"]);
        Assert.Equal("open", (string)(await world.ItemsAsync("north-approver-1", review))[0]["status"]!);
        using var approver = world.As("north-approver-1");
        foreach (var query in new[] { "view=none", "status=none", "cause=none", "cursor=bm9uZQ" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await approver.GetAsync($"/v1/reviews?{query}")).StatusCode);
        }
    }

    internal static Task SetAsync(ReviewWorld world, string id, string? person = null, string? manager = null) =>
        world.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, s => person ?? s.Person).SetProperty(s => s.Manager, s => manager ?? s.Manager))
        );
}
