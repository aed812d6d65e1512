using System.Net;
using System.Net.Http.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Reviews;

/// <summary>A role is looked at again: kept, removed, shortened, or suspended where nobody says anything.</summary>
[Collection(nameof(ReviewGateways))]
public sealed class ReviewTests(ReviewGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_restricted_role_is_reviewed_each_quarter_without_anybody_asking_and_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(3);
        var (nobodys, _) = await world.HeldAsync(0);
        await Task.WhenAll(world.Clock.OpenAsync(), world.Clock.OpenAsync(), world.Clock.OpenAsync(), world.Clock.OpenAsync());
        var review = await world.RunningAsync(role); // a single one
        Assert.NotNull(review);
        Assert.Null(await world.RunningAsync(nobodys)); // nothing to ask anybody about
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Target == review && e.Kind == "review.opened")));
        Assert.Equal(["north-approver-1", "north-approver-2"], await world.ToldAsync(review));

        var shown = await world.ReadAsync("north-approver-1", review);
        Assert.Equal(("recurring", "open", role, 3), ((string)shown["cause"]!, (string)shown["status"]!, (string)shown["role"]!, (int)shown["waiting"]!));
        Assert.Equal(TimeSpan.FromDays(14), Instant(shown["ends_at"]!) - Instant(shown["opened_at"]!));
        Assert.Contains(review, await world.ListAsync("north-approver-2", "view=inbox"));
        Assert.Contains(review, await world.ListAsync("north-auditor", "view=all"));
        Assert.Contains(review, await world.ListAsync(holders[0], "view=mine"));
        Assert.DoesNotContain(review, await world.ListAsync("north-dpo", "view=inbox"));
        var items = await world.ItemsAsync("north-approver-1", review, limit: 2); // by pages
        Assert.Equal(holders.Order(StringComparer.Ordinal), items.Select(i => (string)i["subject"]!).Order(StringComparer.Ordinal));

        var kept = await world.DecideAsync("north-approver-1", review, items.Select(i => (string)i["id"]!), "keep");
        Assert.Equal(3, (int)(await kept.ShouldBeAsync(HttpStatusCode.OK))["answered"]!);
        Assert.Equal("closed", (string)(await world.ReadAsync("north-approver-1", review))["status"]!);
        Assert.Contains(review, await world.ListAsync("north-approver-1", "view=answered&status=closed"));
        Assert.Empty(await world.ToldAsync(review!)); // who has not read it need not any more
        Assert.Equal(
            "item_decided",
            await (await world.DecideAsync("north-approver-2", review, [(string)items[0]["id"]!], "remove")).CodeAsync(HttpStatusCode.Conflict)
        );

        world.Requests.Clock.Advance(TimeSpan.FromDays(90) - TimeSpan.FromMinutes(1));
        await world.Clock.OpenAsync();
        Assert.Null(await world.RunningAsync(role));
        world.Requests.Clock.Advance(TimeSpan.FromMinutes(1));
        while (await world.Clock.OpenAsync() > 0) { }
        Assert.NotNull(await world.RunningAsync(role));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_answer_suspends_after_two_reminders_and_a_new_request_is_the_way_back(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.Requests.RoleAsync();
        var (holder, app) = (await world.Requests.PersonAsync(role), world.Requests.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, holder);
        Assert.True(await world.Requests.MayAsync(holder, app));
        await world.TidyAsync(); // nothing is due

        world.Requests.Clock.Advance(TimeSpan.FromDays(7));
        await world.TidyAsync();
        await world.TidyAsync(); // once
        world.Requests.Clock.Advance(TimeSpan.FromDays(6));
        await world.TidyAsync();
        Assert.Equal(2, await OutboxAsync(world, "review.reminder", review));
        world.Requests.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("review_ended", await (await world.DecideAsync("north-approver-1", review, [item], "keep")).CodeAsync(HttpStatusCode.Conflict)); // whether or not the clock has looked
        Assert.DoesNotContain(review, await world.ListAsync("north-approver-1", "view=inbox"));
        Assert.True(await world.Requests.MayAsync(holder, app));
        await Task.WhenAll(world.TidyAsync(), world.TidyAsync());

        Assert.False(await world.Requests.MayAsync(holder, app));
        Assert.Equal(1, await OutboxAsync(world, "review.unanswered", review));
        Assert.Equal(
            1,
            await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "assignment.suspended" && e.Details.Contains(review)))
        );
        Assert.Equal("unanswered", (string)(await world.ItemsAsync("north-approver-1", review))[0]["status"]!);
        Assert.Equal("review_ended", await (await world.DecideAsync("north-approver-1", review, [item], "keep")).CodeAsync(HttpStatusCode.Conflict));

        await (await world.Requests.VoteAsync("north-approver-1", await world.Requests.AskedAsync(holder, role))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await world.Requests.MayAsync(holder, app));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_an_answer_takes_away_is_gone_with_it_and_its_holder_is_told(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(3);
        var app = world.Requests.New("app");
        await world.Gateway.OpenAppAsync(app, role);
        var review = await world.OpenedAsync(role);
        var items = await Task.WhenAll(holders.Select(h => world.ItemOfAsync(review, h)));

        var removed = await (await world.DecideAsync("north-approver-1", review, [items[0]], "remove")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)removed["effective"]!);
        Assert.False(await world.Requests.MayAsync(holders[0], app));
        var until = world.Requests.Clock.GetUtcNow().AddDays(2);
        await (await world.DecideAsync("north-approver-2", review, [items[1]], "shorten", until)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await world.Requests.MayAsync(holders[1], app));
        world.Requests.Clock.Advance(TimeSpan.FromDays(2));
        Assert.False(await world.Requests.MayAsync(holders[1], app));
        Assert.True(await world.Requests.MayAsync(holders[2], app));
        var told = await world.Gateway.InDatabaseAsync(db =>
            db.PersonMessages.Where(m => m.Reference.StartsWith("assignment/")).Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id).ToListAsync()
        );
        Assert.Equal((true, true, false), (told.Contains(holders[0]), told.Contains(holders[1]), told.Contains(holders[2])));
        var shown = (await world.ItemsAsync("north-approver-1", review)).ToDictionary(i => (string)i["id"]!, StringComparer.Ordinal);
        Assert.Equal(
            ("removed", "shortened", "open"),
            ((string)shown[items[0]]["status"]!, (string)shown[items[1]]["status"]!, (string)shown[items[2]]["status"]!)
        );
        Assert.Equal(
            ("person-of-north-approver-1", "spoke to the unit"),
            ((string)shown[items[0]]["answer"]!["person"]!, (string)shown[items[0]]["answer"]!["reason"]!)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_cut_lies_in_the_future_and_never_lengthens(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync();
        var (now, end) = (world.Requests.Clock.GetUtcNow(), world.Requests.Clock.GetUtcNow().AddDays(5));
        await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == role).ExecuteUpdateAsync(set => set.SetProperty(a => a.NotAfter, end)));
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, holders[0]);
        foreach (var wrong in new[] { now.AddDays(-1), end, end.AddDays(1) })
        {
            Assert.Equal(
                "not_shorter",
                await (await world.DecideAsync("north-approver-1", review, [item], "shorten", wrong)).CodeAsync(HttpStatusCode.Conflict)
            );
        }
        Assert.Equal("invalid_body", await (await world.DecideAsync("north-approver-1", review, [item], "shorten")).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("invalid_body", await (await world.DecideAsync("north-approver-1", review, [item], "keep", end)).CodeAsync(HttpStatusCode.BadRequest));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_assignment_that_ended_by_itself_is_no_question_any_more(string database)
    {
        var world = await gateways.OnAsync(database);
        var role = await world.Requests.RoleAsync();
        var officer = await world.Requests.PersonAsync();
        var request = await world.Requests.AskedAsync(officer, role);
        await (await world.Requests.VoteAsync("north-approver-1", request)).ShouldBeAsync(HttpStatusCode.OK);
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, officer);
        using var own = world.As(officer);
        await (await own.PostAsJsonAsync($"/v1/requests/{request}/withdraw", new { })).ShouldBeAsync(HttpStatusCode.OK); // handed back
        Assert.Equal("voided", (string)(await world.ItemsAsync("north-approver-1", review))[0]["status"]!);
        Assert.Equal("item_gone", await (await world.DecideAsync("north-approver-1", review, [item], "keep")).CodeAsync(HttpStatusCode.Conflict));
        await world.TidyAsync();
        Assert.Equal("closed", (string)(await world.ReadAsync("north-approver-1", review))["status"]!);
        Assert.DoesNotContain(review, await world.ListAsync("north-approver-1", "view=inbox"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Reviewers_see_the_last_use_and_the_devices(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(2);
        var app = world.Requests.New("app");
        await world.Gateway.OpenAppAsync(app, role);
        var used = world.Requests.Clock.GetUtcNow().AddDays(-20);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var held = await db.Assignments.SingleAsync(a => a.Role == role && db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == holders[0]));
            var release = await db.Releases.Where(r => r.App == app).Select(r => r.Key).SingleAsync();
            foreach (var (id, days) in new[] { ("first", -40), ("second", -20), ("third", -1) })
            {
                db.Entitlements.Add(
                    new()
                    {
                        Id = $"{id}-{app}",
                        Tenant = "north",
                        SubjectKey = held.SubjectKey,
                        App = app,
                        Release = release,
                        ClientIssuer = world.Gateway.Issuer.Authority,
                        ClientId = "store",
                        Assignment = held.Id,
                        Revision = 0,
                        IssuedAt = used.AddDays(20 + days),
                        ExpiresAt = used,
                    }
                );
            }
            db.Redemptions.Add(
                new()
                {
                    Entitlement = $"second-{app}",
                    Session = $"session-{app}",
                    RedeemedAt = used,
                    LastByteAt = used,
                }
            );
            db.Devices.Add(
                new()
                {
                    Tenant = "north",
                    Id = $"phone-{app}",
                    Kind = DeviceKind.Personal,
                    SubjectKey = held.SubjectKey,
                    Managed = true,
                }
            );
            await db.SaveChangesAsync();
        });
        var items = await world.ItemsAsync("north-approver-1", await world.OpenedAsync(role));
        var user = items.Single(i => (string)i["subject"]! == holders[0]);
        Assert.Equal(used, Instant(user["last_use"]!["redeemed_at"]!), TimeSpan.FromMilliseconds(1));
        Assert.Equal(used.AddDays(19), Instant(user["last_use"]!["issued_at"]!), TimeSpan.FromMilliseconds(1));
        Assert.Equal(
            ($"phone-{app}", true, true),
            ((string)user["devices"]![0]!["device"]!, (bool)user["devices"]![0]!["managed"]!, (bool)user["devices"]![0]!["usable"]!)
        );
        var idle = items.Single(i => (string)i["subject"]! == holders[1]);
        Assert.Null(idle["last_use"]);
        Assert.Empty(idle["devices"]!.AsArray());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_same_key_answers_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync(2);
        var review = await world.OpenedAsync(role);
        var item = await world.ItemOfAsync(review, holders[0]);
        var first = await (await world.DecideAsync("north-approver-1", review, [item], "remove", key: "k1")).ShouldBeAsync(HttpStatusCode.OK);
        var again = await (await world.DecideAsync("north-approver-1", review, [item], "remove", key: "k1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal(
            "idempotency_key_reused",
            await (await world.DecideAsync("north-approver-1", review, [item], "keep", key: "k1")).CodeAsync(HttpStatusCode.UnprocessableEntity)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_directorys_assignment_that_was_removed_stays_as_a_bar(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, holders) = await world.HeldAsync();
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var held = await db.Assignments.AsNoTracking().SingleAsync(a => a.Role == role);
            await db.Assignments.Where(a => a.Id == held.Id).ExecuteDeleteAsync();
            db.Assignments.Add(
                new()
                {
                    Tenant = "north",
                    Role = role,
                    SubjectKey = held.SubjectKey,
                    Source = AssignmentSource.Directory,
                    NotBefore = held.NotBefore,
                }
            );
            await db.SaveChangesAsync();
        });
        var review = await world.OpenedAsync(role);
        await (await world.DecideAsync("north-approver-1", review, [await world.ItemOfAsync(review, holders[0])], "remove")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(
            await world.Gateway.InDatabaseAsync(db =>
                db.Assignments.Where(a => a.Role == role && a.Source == AssignmentSource.Directory).Select(a => a.Ended).SingleAsync()
            )
        );
    }

    internal static DateTimeOffset Instant(System.Text.Json.Nodes.JsonNode node) =>
        DateTimeOffset.Parse((string)node!, System.Globalization.CultureInfo.InvariantCulture);

    private static Task<int> OutboxAsync(ReviewWorld world, string kind, string review) =>
        world.Gateway.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == kind && m.Payload.Contains(review)));
}
