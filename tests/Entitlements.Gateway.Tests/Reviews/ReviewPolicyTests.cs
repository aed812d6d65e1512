using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Reviews;

/// <summary>How often, by whom, and what no answer means.</summary>
[Collection(nameof(ReviewGateways))]
public sealed class ReviewPolicyTests(ReviewGateways gateways, PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_restricted_role_without_a_policy_has_the_default_and_every_change_of_it_needs_a_second_person(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, _) = await world.HeldAsync();
        var path = $"/v1/tenants/north/roles/{role}/review";
        using var admin = world.As("north-role-admin");
        var shown = await admin.ReadAsync(path);
        Assert.Equal(
            ("P90D", "P14D", "suspend", true),
            ((string)shown["every"]!, (string)shown["answer_within"]!, (string)shown["on_no_answer"]!, (bool)shown["default"]!)
        );
        Assert.Equal(("approver", true), ((string)shown["reviewers"]![0]!["role"]!, (bool)shown["reviewers"]![1]!["line_manager"]!));

        var proposed = await admin.PutAsync(
            path,
            new
            {
                every = "P30D",
                answer_within = "P5D",
                on_no_answer = "end",
                reviewers = new[] { new { role = "approver" } },
            }
        );
        Assert.True((bool)(await admin.ReadAsync(path))["default"]!); // not yet
        await world.Gateway.PublishAsync(proposed, "north-approver-1");
        shown = await admin.ReadAsync(path);
        Assert.Equal(
            ("P30D", "P5D", "end", false),
            ((string)shown["every"]!, (string)shown["answer_within"]!, (string)shown["on_no_answer"]!, (bool)shown["default"]!)
        );
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await admin.DeleteAsync(path)).StatusCode);
        await world.Gateway.PublishAsync(await admin.DeleteAsync(path, await admin.ETagAsync(path)), "north-approver-2");
        Assert.True((bool)(await admin.ReadAsync(path))["default"]!);

        var open = world.Requests.New("role");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{open}", new { name = open })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/v1/tenants/north/roles/{open}/review")).StatusCode); // not restricted, not reviewed
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_policy_that_nobody_could_answer_is_refused(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, _) = await world.HeldAsync();
        var (empty, _) = await world.HeldAsync(0);
        var path = $"/v1/tenants/north/roles/{role}/review";
        using var admin = world.As("north-role-admin");
        var approvers = new[] { new { role = "approver" } };
        foreach (
            var (pointer, body) in new (string, object)[]
            {
                ("/reviewers", new { reviewers = Array.Empty<object>() }),
                ("/reviewers", new { reviewers = new[] { new { } } }),
                ("/reviewers", new { reviewers = new[] { new { role = "approver", line_manager = true } } }),
                ("/reviewers", new { }),
                ("/every", new { reviewers = approvers, every = "PT1H" }),
                ("/every", new { reviewers = approvers, every = "P367D" }),
                ("/answer_within", new { reviewers = approvers, answer_within = "PT1M" }),
                (
                    "/answer_within",
                    new
                    {
                        reviewers = approvers,
                        every = "P10D",
                        answer_within = "P10D",
                    }
                ),
                ("/on_no_answer", new { reviewers = approvers, on_no_answer = "keep" }),
            }
        )
        {
            Assert.NotNull((await (await admin.PutAsync(path, body)).ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]![pointer]);
        }
        Assert.Equal(
            "reviewer_unknown",
            await (await admin.PutAsync(path, new { reviewers = new[] { new { role = "none" } } })).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "reviewer_unknown",
            await (await admin.PutAsync(path, new { reviewers = new[] { new { subject = "none" } } })).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(
            "reviewers_nobody",
            await (await admin.PutAsync(path, new { reviewers = new[] { new { role = empty } } })).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(HttpStatusCode.NotFound, (await admin.PutAsync("/v1/tenants/north/roles/none/review", new { reviewers = approvers })).StatusCode);
        using var approver = world.As("north-approver-1");
        Assert.Equal(HttpStatusCode.Forbidden, (await approver.PutAsync(path, new { reviewers = approvers })).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_unrestricted_role_with_a_policy_is_reviewed_by_it_and_no_answer_may_end(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = world.Requests.New("role");
        using var admin = world.As("north-role-admin");
        await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
        await world.Requests.PersonAsync(role);
        await world.TidyAsync();
        Assert.Null(await world.RunningAsync(role));
        await world.ReviewedAsync(
            role,
            new
            {
                every = "P7D",
                answer_within = "P2D",
                on_no_answer = "end",
                reviewers = new[] { new { role = "approver" } },
            }
        );
        await world.TidyAsync();
        Assert.NotNull(await world.RunningAsync(role));
        world.Requests.Clock.Advance(TimeSpan.FromDays(2));
        await world.TidyAsync();
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == role).Select(a => a.Ended).SingleAsync()));
        world.Requests.Clock.Advance(TimeSpan.FromDays(7));
        await world.TidyAsync();
        Assert.Null(await world.RunningAsync(role)); // nobody holds it any more
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_review_is_opened_by_hand_with_a_reason_and_not_twice_and_not_of_nobody(string database)
    {
        var world = await gateways.OnAsync(database);
        var ((role, _), (nobodys, _)) = (await world.HeldAsync(), await world.HeldAsync(0));
        using var dpo = world.As("north-dpo");
        var opened = await dpo.PostAsJsonAsync("/v1/reviews", new { role, reason = "an incident" });
        var review = (string)(await opened.ShouldBeAsync(HttpStatusCode.Created))["review"]!;
        Assert.Equal($"/v1/reviews/{review}", opened.Headers.Location!.ToString());
        Assert.Equal(
            ("by_hand", "an incident"),
            ((string)(await world.ReadAsync("north-dpo", review))["cause"]!, (string)(await world.ReadAsync("north-dpo", review))["reason"]!)
        );
        Assert.Equal("review_open", await (await dpo.PostAsJsonAsync("/v1/reviews", new { role, reason = "again" })).CodeAsync(HttpStatusCode.Conflict));
        await world.Clock.OpenAsync(); // though it is due
        Assert.Equal(review, await world.RunningAsync(role));
        Assert.Equal(
            "nobody_holds",
            await (await dpo.PostAsJsonAsync("/v1/reviews", new { role = nobodys, reason = "why not" })).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(HttpStatusCode.NotFound, (await dpo.PostAsJsonAsync("/v1/reviews", new { role = "none", reason = "why not" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await dpo.PostAsJsonAsync("/v1/reviews", new { role, reason = " " })).StatusCode);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => dpo.PostAsJsonAsync("/v1/reviews", new { role = nobodys, reason = "race" })));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Administrators_are_reviewed_too_and_the_last_one_stays_with_an_alarm_until_somebody_answers(string database)
    {
        await using var world = await ReviewWorld.StartAsync(postgres, database, reviewsOfficers: true);
        await world.TidyAsync();
        var review = await world.Gateway.InDatabaseAsync(db => db.Reviews.SingleAsync(r => r.Tenant == "south" && r.Role == "role-admin"));
        Assert.NotNull(await world.RunningOfPlatformAsync());
        Assert.Equal(["platform-admin-1", "platform-admin-2"], await world.ToldAsync((await world.RunningOfPlatformAsync())!));

        world.Requests.Clock.Advance(TimeSpan.FromDays(14));
        await world.TidyAsync();
        await world.TidyAsync();
        var held = await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == "role-admin").Select(a => a.Suspended).ToListAsync());
        Assert.All(held, Assert.False); // each tenant's only one
        var platform = await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Tenant == "platform").Select(a => a.Suspended).ToListAsync());
        Assert.Equal([false, true], platform.Order()); // the last of two stays
        Assert.All(
            await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == "approver").Select(a => a.Suspended).ToListAsync()),
            Assert.True
        );
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "review.overdue" && m.Payload.Contains(review.Id))));
        var shown = await world.ReadAsync("south-role-admin", review.Id);
        Assert.Equal(("open", 1), ((string)shown["status"]!, (int)shown["items"]!["open"]!));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_new_incompatibility_suspends_the_younger_assignment_and_opens_a_review_of_it(string database)
    {
        var world = await gateways.OnAsync(database);
        var ((one, holders), (other, _)) = (await world.HeldAsync(), await world.HeldAsync(0));
        using var admin = world.As("north-role-admin");
        await world.Gateway.PublishAsync(await admin.PutAsync($"/v1/tenants/north/roles/{other}/assignments/{holders[0]}", new { }), "north-approver-1");
        var path = $"/v1/tenants/north/roles/{one}";
        var body = new
        {
            name = one,
            restricted = true,
            incompatible_with = new[] { other },
        };
        Assert.Equal(1, (int)(await (await admin.PutAsync(path, body, await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK))["suspended"]!);
        var review = await world.RunningAsync(other);
        Assert.Null(await world.RunningAsync(one));
        Assert.Equal("incompatibility", (string)(await world.ReadAsync("north-approver-1", review!))["cause"]!);
        var item = Assert.Single(await world.ItemsAsync("north-approver-1", review!));
        Assert.True((bool)item["suspended"]!);
        await (await world.DecideAsync("north-approver-1", review!, [(string)item["id"]!], "keep")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == other).Select(a => a.Suspended).SingleAsync())); // no answer gives it back
    }
}
