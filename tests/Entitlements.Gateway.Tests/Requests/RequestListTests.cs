using System.Globalization;
using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Finding requests: the inbox while it moves, history by what one remembers of it.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestListTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_page_goes_on_where_it_ended_though_its_last_was_decided_meanwhile(string database)
    {
        var world = await gateways.OnAsync(database);
        var (decider, role) = await DecidersAsync(world);
        var asked = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            asked.Add(await world.AskedAsync(await world.PersonAsync(), role));
        }
        using var http = world.As(decider);
        var whole = await world.ListAsync(decider, $"view=inbox&role={role}");
        Assert.Equal(asked.ToHashSet(), whole.ToHashSet());
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await http.ReadAsync($"/v1/requests?view=inbox&role={role}&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            var ids = page["items"]!.AsArray().Select(item => (string)item!["id"]!).ToList();
            seen.AddRange(ids);
            await (await world.VoteAsync(decider, ids[^1])).ShouldBeAsync(HttpStatusCode.OK);
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);
        Assert.Equal(whole, seen);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task History_is_found_by_what_was_asked_for_when_why_and_who_decided(string database)
    {
        var world = await gateways.OnAsync(database);
        var (decider, role) = await DecidersAsync(world);
        var app = world.New("app");
        await world.Gateway.OpenAppAsync(app, role);
        var early = await AskedAsync("Operation Larch, 100% of it", ticket: "INC-4711");
        world.Clock.Advance(TimeSpan.FromHours(1));
        var middle = world.Clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        var late = await AskedAsync("Operation Elm_3", new { type = "app", id = app });
        await (await world.VoteAsync(decider, late)).ShouldBeAsync(HttpStatusCode.OK);

        await FindsAsync([late, early], "");
        await FindsAsync([late], $"resource={app}");
        await FindsAsync([early], $"until={middle}");
        await FindsAsync([late], $"from={middle}");
        await FindsAsync([late], $"decided_by=person-of-{decider}");
        await FindsAsync([], "decided_by=person-of-nobody");
        await FindsAsync([late, early], "q=OPERATION");
        await FindsAsync([early], "q=inc-47");
        await FindsAsync([early], "q=100%25");
        await FindsAsync([late], "q=m_3");
        await FindsAsync([], "q=_perat"); // not any letter
        await FindsAsync([], "q=O%25n"); // nor any text
        await FindsAsync([], "q=%5C");
        await FindsAsync([late], $"q=elm&status=granted&resource={app}&decided_by=person-of-{decider}&from={middle}");

        using var http = world.As("north-dpo");
        foreach (var fault in new[] { "q=", $"q={new string('x', 101)}", "q=%0A", $"from={middle}&until={middle}" })
        {
            Assert.Equal("invalid_filter", await (await http.GetAsync($"/v1/requests?view=all&{fault}")).CodeAsync(HttpStatusCode.BadRequest));
        }

        async Task<string> AskedAsync(string reason, object? resource = null, string? ticket = null)
        {
            var made = await world.AskAsync(
                await world.PersonAsync(),
                new
                {
                    role,
                    reason,
                    resource,
                    ticket,
                }
            );
            return (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        }
        async Task FindsAsync(string[] ids, string query) => Assert.Equal(ids, await world.ListAsync("north-dpo", $"view=all&role={role}&{query}", limit: 1));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_votes_finds_again_what_they_voted_on_the_newest_vote_first(string database)
    {
        var world = await gateways.OnAsync(database);
        var (decider, role) = await DecidersAsync(world);
        var asked = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            asked.Add(await world.AskedAsync(await world.PersonAsync(), role));
        }
        foreach (var (id, vote) in new[] { (asked[2], "approve"), (asked[0], "deny"), (asked[3], "approve") })
        {
            await (await world.VoteAsync(decider, id, vote)).ShouldBeAsync(HttpStatusCode.OK);
            world.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal([asked[3], asked[0], asked[2]], await world.ListAsync(decider, "view=voted", limit: 1));
        Assert.Equal([asked[0]], await world.ListAsync(decider, "view=voted&status=denied"));
        Assert.Empty(await world.ListAsync(await world.PersonAsync(), "view=voted"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_cursor_is_of_its_own_list(string database)
    {
        var world = await gateways.OnAsync(database);
        var (decider, role) = await DecidersAsync(world);
        await world.AskedAsync(await world.PersonAsync(), role);
        await world.AskedAsync(await world.PersonAsync(), role);
        using var http = world.As(decider);
        var cursor = (string)(await http.ReadAsync("/v1/requests?view=inbox&limit=1"))["next_cursor"]!;
        foreach (var query in new[] { $"view=voted&cursor={cursor}", $"cursor={cursor}", "view=inbox&cursor=bm9uZQ", "view=inbox&cursor=aW5ib3g6eDp5" })
        {
            Assert.Equal("invalid_cursor", await (await http.GetAsync($"/v1/requests?{query}")).CodeAsync(HttpStatusCode.BadRequest));
        }
    }

    private static async Task<(string Decider, string Role)> DecidersAsync(RequestWorld world)
    {
        var deciders = world.New("deciders");
        await world.Gateway.AddRoleAsync("north", deciders);
        var (decider, _, _) = (await world.PersonAsync(deciders), await world.PersonAsync(deciders), await world.PersonAsync(deciders));
        return (decider, await world.RoleAsync(RequestWorld.Policy(RequestWorld.Stage(deciders, limit: "PT40H"))));
    }
}
