using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>From asking to a role that ends by itself.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_officer_asks_for_an_app_an_approver_votes_and_the_role_ends_by_itself(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, app) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        Assert.False(await world.MayAsync(officer, app));

        var ask = new
        {
            resource = new { type = "app", id = app },
            @for = "PT4H",
            reason = "negotiating tonight",
        };
        var made = await world.AskAsync(officer, ask);
        var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Assert.Equal($"/v1/requests/{id}", made.Headers.Location!.ToString());
        Assert.False(await world.MayAsync(officer, app)); // asking is not having

        var shown = await world.ReadAsync(officer, id);
        Assert.Equal(("pending", role, false), ((string)shown["status"]!, (string)shown["role"]!, (bool)shown["may_vote"]!));
        Assert.Equal("approver", (string)shown["stage"]!["asked"]![0]!["role"]!);
        Assert.Contains(id, await world.ListAsync("north-approver-1", "view=inbox"));
        Assert.DoesNotContain(id, await world.ListAsync(officer, "view=inbox"));
        Assert.DoesNotContain(id, await world.ListAsync("north-app-owner", "view=inbox"));

        var before = world.Clock.GetUtcNow();
        var vote = await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("granted", (string)vote["status"]!);
        Assert.True((long)vote["revision"]! > 0);
        var granted = await world.EvaluateAsync(officer, app);
        Assert.True((bool)granted["decision"]!);
        var until = Instant((string)granted["context"]!["valid_until"]!);
        Assert.InRange(until, before.AddHours(4).AddMilliseconds(-1), world.Clock.GetUtcNow().AddHours(4));
        Assert.Equal(until, Instant((string)(await world.ReadAsync(officer, id))["grant"]!["until"]!));
        Assert.DoesNotContain(id, await world.ListAsync("north-approver-1", "view=inbox"));

        world.Clock.Advance(until - world.Clock.GetUtcNow() - TimeSpan.FromMilliseconds(1));
        Assert.True(await world.MayAsync(officer, app));
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(await world.MayAsync(officer, app)); // exact, whether or not anybody tidied
        Assert.Contains(id, await world.ListAsync(officer, "view=mine&status=granted")); // history is kept
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Every_step_is_on_record_with_who_and_why(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        await (await world.VoteAsync("north-approver-2", id)).ShouldBeAsync(HttpStatusCode.OK);
        var kinds = await world.Gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Target == id).OrderBy(e => e.Id).Select(e => e.Kind).ToListAsync());
        Assert.Equal(["request.submitted", "request.pending", "request.voted", "request.granted"], kinds);
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "assignment.granted" && e.Details.Contains(id))));
        Assert.Equal(id, await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == role).Select(a => a.Origin).SingleAsync()));
        var told = await world.Gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Payload.Contains(id)).Select(m => m.Payload).ToListAsync());
        Assert.NotEmpty(told);
        Assert.All(told, message => Assert.DoesNotContain(role, message, StringComparison.Ordinal)); // neither roles nor names leave the house
        Assert.All(told, message => Assert.DoesNotContain(officer, message, StringComparison.Ordinal));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Approvers_are_told_and_once_it_is_decided_only_whoever_asked(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        var approvers = await ToldAsync();
        Assert.Contains(("north-approver-1", PersonMessage.Decision), approvers);
        Assert.Contains(("north-approver-2", PersonMessage.Decision), approvers);
        Assert.DoesNotContain(officer, approvers.Select(a => a.Person));
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal([(officer, PersonMessage.Answer)], await ToldAsync());

        async Task<List<(string Person, PersonMessage Kind)>> ToldAsync() =>
            [
                .. (
                    await world.Gateway.InDatabaseAsync(db =>
                        db.PersonMessages.Where(m => m.Reference == id)
                            .Select(m => new { db.Subjects.Single(s => s.Key == m.SubjectKey).Id, m.Kind })
                            .ToListAsync()
                    )
                ).Select(m => (m.Id, m.Kind)),
            ];
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_denial_ends_it_and_the_role_cools_off(string database)
    {
        var world = await gateways.OnAsync(database);
        var policy = RequestWorld.Policy();
        policy["cool_off"] = "P2D";
        var (role, officer) = (await world.RoleAsync(policy), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        Assert.Equal("denied", (string)(await (await world.VoteAsync("north-approver-1", id, "deny")).ShouldBeAsync(HttpStatusCode.OK))["status"]!);
        Assert.Equal("request_decided", await (await world.VoteAsync("north-approver-2", id)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("cooling_off", await (await world.AskAsync(officer, new { role, reason = "again" })).CodeAsync(HttpStatusCode.Conflict));
        world.Clock.Advance(TimeSpan.FromDays(2));
        await world.AskedAsync(officer, role);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_same_again_is_a_duplicate_and_something_else_supersedes_without_its_votes(string database)
    {
        var world = await gateways.OnAsync(database);
        await world.PersonAsync("approver"); // a third, so that two can be reached without the requester
        var (role, officer) = (await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(votes: 2))), await world.PersonAsync());
        var first = await world.AskedAsync(officer, role);
        await (await world.VoteAsync("north-approver-1", first)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("duplicate_request", await (await world.AskAsync(officer, new { role, reason = "on the rota" })).CodeAsync(HttpStatusCode.Conflict));
        var second = await world.AskedAsync(officer, role, "for longer");
        Assert.Equal("superseded", await world.StatusAsync(officer, first));
        Assert.Empty((await world.ReadAsync(officer, second))["votes"]!.AsArray());
        await (await world.VoteAsync("north-approver-1", second)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("pending", await world.StatusAsync(officer, second));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_cannot_be_asked_for_is_one_and_the_same_404(string database)
    {
        var world = await gateways.OnAsync(database);
        var officer = await world.PersonAsync();
        var (without, askable) = (world.New("role"), await world.RoleAsync());
        await world.Gateway.AddRoleAsync("north", without);
        await world.Gateway.OpenAppAsync(world.New("closed"), without);
        foreach (
            var body in new object[]
            {
                new { role = without, reason = "r" }, // nobody said how it is asked for
                new { role = "nobody-knows", reason = "r" },
                new { role = "role-admin", reason = "r" }, // appointed by a change
                new { resource = new { type = "app", id = "nobody-knows" }, reason = "r" },
                new
                {
                    resource = new { type = "app", id = "nobody-knows" },
                    role = askable,
                    reason = "r",
                },
            }
        )
        {
            Assert.Equal("not_found", await (await world.AskAsync(officer, body)).CodeAsync(HttpStatusCode.NotFound));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_several_roles_the_one_that_opens_least_is_asked_for(string database)
    {
        var world = await gateways.OnAsync(database);
        var (wide, narrow, officer, app) = (await world.RoleAsync(), await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(world.New("other"), wide);
        await world.Gateway.OpenAppAsync(app, wide);
        using var owner = world.As("north-app-owner");
        var path = $"/v1/apps/{app}/rules/north";
        await world.Gateway.PublishAsync(
            await owner.PutAsync(path, new { roles = new[] { wide, narrow }, device = "none" }, await owner.ETagAsync(path)),
            "north-approver-1"
        );
        var made = await world.AskAsync(officer, new { resource = new { type = "app", id = app }, reason = "needed" });
        Assert.Equal(narrow, (string)(await world.ReadAsync(officer, (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!))["role"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_waits_for_the_requester_to_accept_the_guidance(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, app) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        using var owner = world.As("north-app-owner");
        await world.Gateway.PublishAsync(
            await owner.PutAsync(
                $"/v1/apps/{app}/guidance/north",
                new
                {
                    version = 1,
                    en = "Only for negotiators.",
                    cy = "I drafodwyr yn unig.",
                }
            ),
            "north-approver-1"
        );
        var made = await world.AskAsync(officer, new { resource = new { type = "app", id = app }, reason = "needed" });
        var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Assert.Equal("awaiting_requester", await world.StatusAsync(officer, id));
        Assert.DoesNotContain(id, await world.ListAsync("north-approver-1", "view=inbox"));
        using var http = world.As(officer);
        await (await http.PutAsync($"/v1/apps/{app}/guidance/north/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("pending", await world.StatusAsync(officer, id));
        Assert.Contains(id, await world.ListAsync("north-approver-1", "view=inbox"));
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await world.MayAsync(officer, app));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_grant_is_shortened_and_handed_back_by_its_holder_alone_and_at_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, app) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        var id = await world.AskedAsync(officer, role);
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        var (holder, approver) = (world.As(officer), world.As("north-approver-1"));

        var earlier = world.Clock.GetUtcNow().AddHours(1).ToString("O", CultureInfo.InvariantCulture);
        Assert.Equal("not_requester", await (await approver.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { })).CodeAsync(HttpStatusCode.Forbidden));
        var shortened = await (await holder.PostAsJsonAsync($"/v1/requests/{id}/shorten", new { until = earlier })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)shortened["effective"]!);
        Assert.InRange(
            Instant((string)(await world.EvaluateAsync(officer, app))["context"]!["valid_until"]!),
            Instant(earlier).AddMilliseconds(-1),
            Instant(earlier)
        );
        var later = world.Clock.GetUtcNow().AddHours(9).ToString("O", CultureInfo.InvariantCulture);
        Assert.Equal(
            "window_empty",
            await (await holder.PostAsJsonAsync($"/v1/requests/{id}/shorten", new { until = later })).CodeAsync(HttpStatusCode.Conflict)
        );
        await (await holder.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { reason = "incident is over" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False(await world.MayAsync(officer, app));
        Assert.Equal("grant_ended", await (await holder.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { })).CodeAsync(HttpStatusCode.Conflict));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_renewal_is_asked_for_in_the_last_days_and_must_end_later(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var made = await world.AskAsync(
            officer,
            new
            {
                role,
                reason = "a month of duty",
                @for = "P30D",
            }
        );
        var id = (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        await (await world.VoteAsync("north-approver-1", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            "already_held",
            await (
                await world.AskAsync(
                    officer,
                    new
                    {
                        role,
                        reason = "too early",
                        @for = "P30D",
                    }
                )
            ).CodeAsync(HttpStatusCode.Conflict)
        );
        world.Clock.Advance(TimeSpan.FromDays(17));
        Assert.Equal(
            "already_held",
            await (
                await world.AskAsync(
                    officer,
                    new
                    {
                        role,
                        reason = "no later",
                        @for = "P1D",
                    }
                )
            ).CodeAsync(HttpStatusCode.Conflict)
        );
        var renewal = await world.AskAsync(
            officer,
            new
            {
                role,
                reason = "another month",
                @for = "P30D",
            }
        );
        var next = (string)(await renewal.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        await (await world.VoteAsync("north-approver-2", next)).ShouldBeAsync(HttpStatusCode.OK);
        var windows = await world.Gateway.InDatabaseAsync(db => db.Assignments.Where(a => a.Role == role).ToListAsync());
        Assert.InRange(Assert.Single(windows).NotAfter!.Value, world.Clock.GetUtcNow().AddDays(30).AddSeconds(-1), world.Clock.GetUtcNow().AddDays(30));
        Assert.True(windows[0].NotBefore < world.Clock.GetUtcNow().AddDays(-16)); // one unbroken window
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_approver_lets_it_end_earlier_and_never_later(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var id = await world.AskedAsync(officer, role);
        var cut = world.Clock.GetUtcNow().AddHours(2);
        Assert.Equal(
            "invalid_request",
            await (await world.VoteAsync("north-approver-1", id, until: world.Clock.GetUtcNow().AddSeconds(-1))).CodeAsync(HttpStatusCode.BadRequest)
        );
        await (await world.VoteAsync("north-approver-1", id, until: cut)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.InRange(Instant((string)(await world.ReadAsync(officer, id))["grant"]!["until"]!), cut.AddMilliseconds(-1), cut);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_booked_begins_when_it_was_said_and_not_before(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer, app) = (await world.RoleAsync(), await world.PersonAsync(), world.New("app"));
        await world.Gateway.OpenAppAsync(app, role);
        var begins = world.Clock.GetUtcNow().AddMinutes(20);
        var made = await world.AskAsync(
            officer,
            new
            {
                role,
                reason = "the late shift",
                from = begins,
                @for = "PT10M",
            }
        );
        await (await world.VoteAsync("north-approver-1", (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!)).ShouldBeAsync(
            HttpStatusCode.OK
        );
        world.Clock.Advance(TimeSpan.FromMinutes(19));
        Assert.False(await world.MayAsync(officer, app));
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await world.MayAsync(officer, app));
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(await world.MayAsync(officer, app));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Ends_of_the_same_second_are_exact_and_each_is_told_once_by_however_many_workers(string database)
    {
        const int Many = 1_200;
        var world = await gateways.OnAsync(database);
        var role = await world.RoleAsync();
        var end = world.Clock.GetUtcNow().AddMinutes(1);
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var people = Enumerable
                .Range(0, Many)
                .Select(i => new SubjectRow
                {
                    Tenant = "north",
                    Issuer = world.Gateway.Issuer.Authority,
                    Id = $"{role}-{i}",
                })
                .ToList();
            db.Subjects.AddRange(people);
            await db.SaveChangesAsync();
            db.Assignments.AddRange(
                people.Select(person => new RoleAssignmentRow
                {
                    Tenant = "north",
                    Role = role,
                    SubjectKey = person.Key,
                    NotBefore = DateTimeOffset.UnixEpoch,
                    NotAfter = end,
                })
            );
            await db.SaveChangesAsync();
        });
        var worker = world.Gateway.Services.GetRequiredService<RequestClock>();
        await WorkAsync();
        Assert.Equal(0, await ToldAsync());
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(WorkAsync(), WorkAsync());
        Assert.Equal(Many, await ToldAsync());
        Assert.Equal(Many, await world.Gateway.InDatabaseAsync(db => db.Assignments.CountAsync(a => a.Role == role && a.EndTold)));

        async Task WorkAsync()
        {
            while (await worker.TellEndsAsync() > 0) { }
        }
        Task<int> ToldAsync() =>
            world.Gateway.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "assignment.expired" && e.Details.Contains(role)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_repeat_with_the_same_key_is_the_same_request(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var key = world.New("key");
        var one = await (await world.AskAsync(officer, new { role, reason = "once" }, key)).ShouldBeAsync(HttpStatusCode.Created);
        var two = await (await world.AskAsync(officer, new { role, reason = "once" }, key)).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal((string)one["request"]!, (string)two["request"]!);
        await (await world.AskAsync(officer, new { role, reason = "twice" }, key)).ShouldBeAsync(HttpStatusCode.UnprocessableEntity);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Lists_are_paged_and_show_each_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (decider, _, _) = (await world.PersonAsync(deciders), await world.PersonAsync(deciders), await world.PersonAsync(deciders));
        var (role, officer) = (await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(deciders))), await world.PersonAsync());
        var asked = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            asked.Add(await world.AskedAsync(await world.PersonAsync(), role));
            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        var mine = await world.AskedAsync(officer, role);
        Assert.Equal([.. asked, mine], (await world.ListAsync(decider, "view=inbox", limit: 2)).ToHashSet());
        Assert.Equal([mine, .. asked.AsEnumerable().Reverse()], await world.ListAsync("north-dpo", $"view=all&role={role}", limit: 2)); // newest first
        Assert.Equal([mine], await world.ListAsync("north-dpo", $"view=all&subject={officer}"));
        Assert.Empty(await world.ListAsync("south-dpo", $"view=all&role={role}"));
        Assert.Empty(await world.ListAsync(officer, "view=all"));
        using var http = world.As(officer);
        Assert.Equal("invalid_filter", await (await http.GetAsync("/v1/requests?view=everything")).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("invalid_filter", await (await http.GetAsync("/v1/requests?status=open")).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("invalid_cursor", await (await http.GetAsync("/v1/requests?cursor=bm9uZQ")).CodeAsync(HttpStatusCode.BadRequest));
    }

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
