using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Voting in another's stead, and what parties say to each other.</summary>
[Collection(nameof(RequestGateways))]
public sealed class DelegationTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_delegate_votes_in_anothers_stead_for_as_long_as_it_was_said_and_it_is_on_record(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, giver, taker) = (await world.RoleAsync(), await world.PersonAsync("approver"), await world.PersonAsync());
        var (early, granted, after) = (
            await world.AskedAsync(await world.PersonAsync(), role),
            await world.AskedAsync(await world.PersonAsync(), role),
            await world.AskedAsync(await world.PersonAsync(), role)
        );
        var change = await ProposeAsync(world, giver, taker);
        await (await world.VoteAsync(taker, early)).ShouldBeAsync(HttpStatusCode.NotFound); // proposed is not given
        Assert.Equal("voter_required", await TakersVoteAsync(world, change, taker));
        await (await world.Gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);

        Assert.Contains(granted, await world.ListAsync(taker, "view=inbox"));
        await (await world.VoteAsync(taker, granted)).ShouldBeAsync(HttpStatusCode.OK);
        var vote = (await world.ReadAsync(giver, granted))["votes"]![0]!;
        Assert.Equal(($"person-of-{taker}", $"person-of-{giver}"), ((string)vote["person"]!, (string)vote["on_behalf_of"]!));

        using var http = world.As(giver);
        await (
            await http.WriteAsync(
                HttpMethod.Delete,
                $"/v1/delegations/{taker}",
                etag: $"\"{(await http.ReadAsync("/v1/delegations"))["items"]![0]!["version"]}\""
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        Assert.DoesNotContain(after, await world.ListAsync(taker, "view=inbox"));
        await (await world.VoteAsync(taker, after)).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "39")]
    public async Task Abuse_39_neither_ones_own_request_nor_the_givers_is_decided_by_delegation(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, giver, taker) = (await world.RoleAsync(), await world.PersonAsync("approver"), await world.PersonAsync());
        await (await world.Gateway.VoteAsync(await ProposeAsync(world, giver, taker), "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        var (ofTaker, ofGiver) = (await world.AskedAsync(taker, role), await world.AskedAsync(giver, role));
        Assert.Equal("own_request", await (await world.VoteAsync(taker, ofTaker)).CodeAsync(HttpStatusCode.Forbidden));
        Assert.Equal("own_request", await (await world.VoteAsync(taker, ofGiver)).CodeAsync(HttpStatusCode.Forbidden));
        var inbox = await world.ListAsync(taker, "view=inbox");
        Assert.DoesNotContain(ofTaker, inbox);
        Assert.DoesNotContain(ofGiver, inbox);
        Assert.False((bool)(await world.ReadAsync(taker, ofGiver))["may_vote"]!);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_right_is_used_once_whoever_uses_it(string database)
    {
        var world = await gateways.OnAsync(database);
        var (giver, taker) = (await world.PersonAsync("approver"), await world.PersonAsync());
        var role = await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(votes: 2)));
        await (await world.Gateway.VoteAsync(await ProposeAsync(world, giver, taker), "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        var id = await world.AskedAsync(await world.PersonAsync(), role);
        await (await world.VoteAsync(taker, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("already_voted", await (await world.VoteAsync(giver, id)).CodeAsync(HttpStatusCode.Conflict));
        Assert.DoesNotContain(id, await world.ListAsync(giver, "view=inbox"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_ends_by_itself_and_a_right_that_was_lost_is_not_delegated(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, giver, taker) = (await world.RoleAsync(), await world.PersonAsync("approver"), await world.PersonAsync());
        await (await world.Gateway.VoteAsync(await ProposeAsync(world, giver, taker), "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        var id = await world.AskedAsync(await world.PersonAsync(), role);
        Assert.Contains(id, await world.ListAsync(taker, "view=inbox"));
        await world.Gateway.InDatabaseAsync(db =>
            db.Assignments.Where(a => db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == giver))
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, true))
        );
        Assert.DoesNotContain(id, await world.ListAsync(taker, "view=inbox"));
        await world.Gateway.InDatabaseAsync(db =>
            db.Assignments.Where(a => db.Subjects.Any(s => s.Key == a.SubjectKey && s.Id == giver))
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Suspended, false))
        );
        world.Clock.Advance(TimeSpan.FromDays(7));
        Assert.DoesNotContain(await world.AskedAsync(await world.PersonAsync(), role), await world.ListAsync(taker, "view=inbox"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task It_goes_to_another_known_person_for_a_time_that_is_left(string database)
    {
        var world = await gateways.OnAsync(database);
        var (giver, taker) = (await world.PersonAsync("approver"), await world.PersonAsync());
        using var http = world.As(giver);
        string Days(int days) => world.Clock.GetUtcNow().AddDays(days).ToString("O", CultureInfo.InvariantCulture);
        object Until(int days) => new { until = Days(days), reason = "leave" };
        Assert.Equal("window_empty", await (await http.PutAsync($"/v1/delegations/{taker}", Until(-1))).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("window_empty", await (await http.PutAsync($"/v1/delegations/{taker}", Until(100))).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("person_required", await (await http.PutAsync($"/v1/delegations/{giver}", Until(1))).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("not_found", await (await http.PutAsync("/v1/delegations/south-approver-1", Until(1))).CodeAsync(HttpStatusCode.NotFound));
        await (await http.PutAsync($"/v1/delegations/{taker}", new { until = Days(1) })).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Parties_comment_and_a_comment_stays(string database)
    {
        var world = await gateways.OnAsync(database);
        var officer = await world.PersonAsync();
        var id = await world.AskedAsync(officer, await world.RoleAsync());
        foreach (var (who, text) in new[] { ("north-approver-1", "Which operation?"), (officer, "Larch.\nUntil Friday.") })
        {
            using var http = world.As(who);
            await (await http.PostAsJsonAsync($"/v1/requests/{id}/comments", new { text })).ShouldBeAsync(HttpStatusCode.Created);
        }
        var said = (await world.ReadAsync(officer, id))["comments"]!.AsArray();
        Assert.Equal(["Which operation?", "Larch.\nUntil Friday."], said.Select(c => (string)c!["text"]!));
        using var stranger = world.As(await world.PersonAsync());
        await (await stranger.PostAsJsonAsync($"/v1/requests/{id}/comments", new { text = "me too" })).ShouldBeAsync(HttpStatusCode.NotFound);
        using var author = world.As(officer);
        await (await author.PostAsJsonAsync($"/v1/requests/{id}/comments", new { text = " " })).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_same_comment_sent_many_times_at_once_under_one_key_is_said_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var officer = await world.PersonAsync();
        var (id, key) = (await world.AskedAsync(officer, await world.RoleAsync()), world.New("key"));
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var http = world.As(officer);
                    return (await http.WriteAsync(HttpMethod.Post, $"/v1/requests/{id}/comments", new { text = "once" }, key: key)).StatusCode;
                })
        );
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer));
        Assert.Single((await world.ReadAsync(officer, id))["comments"]!.AsArray());
    }

    /// <summary>For a week.</summary>
    private static async Task<string> ProposeAsync(RequestWorld world, string giver, string taker)
    {
        using var http = world.As(giver);
        var until = world.Clock.GetUtcNow().AddDays(7).ToString("O", CultureInfo.InvariantCulture);
        return await (await http.PutAsync($"/v1/delegations/{taker}", new { until, reason = "on leave" })).ChangeAsync();
    }

    /// <summary>Who would receive the right has no say in it; without a function they do not even see the change.</summary>
    private static async Task<string> TakersVoteAsync(RequestWorld world, string change, string taker)
    {
        using var http = world.As(taker);
        var answer = await http.PostAsJsonAsync(
            $"/v1/changes/{change}/votes",
            new
            {
                vote = "approve",
                hash = new string('0', 64),
                audience = new { before = 0, after = 0 },
                reason = "r",
            }
        );
        return answer.StatusCode == HttpStatusCode.Forbidden ? "voter_required" : $"{answer.StatusCode}";
    }
}
