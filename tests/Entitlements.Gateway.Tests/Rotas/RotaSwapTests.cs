using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Rotas.RotaWorld;

namespace Entitlements.Gateway.Tests.Rotas;

/// <summary>Two people of one pool pass a shift on; of two who take the same, one gets it.</summary>
[Collection(nameof(RotaGateways))]
public sealed class RotaSwapTests(RotaGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_part_that_was_offered_and_taken_is_the_others_and_a_later_feed_leaves_it_so(string database)
    {
        var (world, rota, ann, bob, cat, shift) = await ArrangeAsync(database);
        var offer = await world.OfferedAsync(ann, rota, shift, bob, "2026-10-21T10:00:00Z", "2026-10-21T12:00:00Z");
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T11:00:00Z")); // an offer is no swap
        await (await world.AnswerAsync(cat, rota, offer)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.AnswerAsync(ann, rota, offer)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.AnswerAsync(bob, rota, offer)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T09:59:59Z"));
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-21T10:00:00Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T12:00:00Z"));
        Assert.Equal("offer_over", await (await world.AnswerAsync(bob, rota, offer)).CodeAsync(HttpStatusCode.Conflict));

        var onward = await world.OfferedAsync(bob, rota, shift, cat, "2026-10-21T11:00:00Z"); // what was taken is passed on
        await (await world.AnswerAsync(cat, rota, onward)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(cat, await world.OnDutyAsync(rota, "2026-10-21T11:30:00Z"));
        var listed = Assert.Single(await world.ShiftsAsync(cat, rota, "&mine=true"));
        Assert.Equal([ann, bob, cat, ann], listed["duty"]!.AsArray().Select(p => (string)p!["subject"]!));

        Assert.Equal(1, (int)(await world.FedAsync(rota, Shift(ann, "2026-10-21T08:00", "2026-10-21T18:00")))["changed"]!);
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-21T10:30:00Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T16:30:00Z"));
        using var feeder = world.Feeder();
        await (await world.FeedAsync(feeder, rota, "?confirm=1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-21T10:30:00Z")); // with the shift goes what was taken over of it
        var told = await world.Gateway.InDatabaseAsync(db => db.AuditEvents.Where(e => e.Target.Contains(rota)).Select(e => e.Kind).ToListAsync());
        Assert.Equal(2, told.Count(k => k == "rota.swap.accepted"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_many_who_take_the_same_hours_at_once_one_gets_them(string database)
    {
        var (world, rota, ann, bob, cat, shift) = await ArrangeAsync(database);
        (string Who, long Offer)[] offers =
        [
            (bob, await world.OfferedAsync(ann, rota, shift, bob, "2026-10-21T08:00:00Z", "2026-10-21T12:00:00Z")),
            (cat, await world.OfferedAsync(ann, rota, shift, cat, "2026-10-21T10:00:00Z", "2026-10-21T14:00:00Z")),
            (bob, await world.OfferedAsync(ann, rota, shift, bob)),
            (cat, await world.OfferedAsync(ann, rota, shift, cat)),
        ];
        var answers = await Task.WhenAll(offers.Concat(offers).Select(o => world.AnswerAsync(o.Who, rota, o.Offer)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        var winner = offers.Concat(offers).ElementAt(Array.FindIndex(answers, a => a.StatusCode == HttpStatusCode.OK)).Who;
        Assert.Equal(winner, await world.OnDutyAsync(rota, "2026-10-21T11:00:00Z"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_not_ones_own_goes_to_nobody_and_nothing_goes_to_oneself_or_out_of_the_pool(string database)
    {
        var (world, rota, ann, bob, cat, shift) = await ArrangeAsync(database);
        var outsider = await world.PersonAsync();
        await (await world.OfferAsync(bob, rota, shift, cat)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.OfferAsync(outsider, rota, shift, cat)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.OfferAsync("south-role-admin", rota, shift, bob)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Equal("not_in_pool", await (await world.OfferAsync(ann, rota, shift, outsider)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("not_in_pool", await (await world.OfferAsync(ann, rota, shift, "nobody")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("own_account", await (await world.OfferAsync(ann, rota, shift, ann)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(
            "not_own_shift",
            await (await world.OfferAsync(ann, rota, shift, bob, "2026-10-21T10:00:00Z", "2026-10-22T10:00:00Z")).CodeAsync(HttpStatusCode.Conflict)
        );
        await world.SetAsync(cat, s => s.Person = $"person-of-{ann}");
        Assert.Equal("own_account", await (await world.OfferAsync(ann, rota, shift, cat)).CodeAsync(HttpStatusCode.Conflict));

        var offer = await world.OfferedAsync(ann, rota, shift, bob);
        await world.SetAsync(bob, s => s.Suspended = true);
        await (await world.AnswerAsync(bob, rota, offer)).ShouldBeAsync(HttpStatusCode.Forbidden);
        await world.SetAsync(bob, s => (s.Suspended, s.Person) = (false, $"person-of-{ann}")); // found out meanwhile
        Assert.Equal("own_account", await (await world.AnswerAsync(bob, rota, offer)).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T11:00:00Z"));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_offer_is_declined_withdrawn_or_over_and_then_nobody_takes_it(string database)
    {
        var (world, rota, ann, bob, _, shift) = await ArrangeAsync(database);
        var declined = await world.OfferedAsync(ann, rota, shift, bob);
        await (await world.AnswerAsync(ann, rota, declined, "decline")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.AnswerAsync(bob, rota, declined, "decline")).ShouldBeAsync(HttpStatusCode.OK);
        var withdrawn = await world.OfferedAsync(ann, rota, shift, bob);
        await (await world.AnswerAsync(bob, rota, withdrawn, "withdraw")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await world.AnswerAsync(ann, rota, withdrawn, "withdraw")).ShouldBeAsync(HttpStatusCode.OK);
        foreach (var offer in new[] { declined, withdrawn })
        {
            Assert.Equal("offer_over", await (await world.AnswerAsync(bob, rota, offer)).CodeAsync(HttpStatusCode.Conflict));
        }
        var running = (long)(await RunningAsync(world, rota, ann))["shift"]!;
        var part = await world.OfferedAsync(ann, rota, running, bob); // of a shift that runs: from now on
        await (await world.AnswerAsync(bob, rota, part)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-20T11:59:59Z"));
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-20T12:00:00Z"));
        using var http = world.As(bob);
        Assert.Equal(3, (await http.ReadAsync($"/v1/rotas/{rota}/swaps"))["items"]!.AsArray().Count);
        using var stranger = world.As(await world.PersonAsync());
        Assert.Empty((await stranger.ReadAsync($"/v1/rotas/{rota}/swaps"))["items"]!.AsArray());
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_is_of_the_pool_finds_the_rota_and_nobody_else_without_a_function_does(string database)
    {
        var (world, rota, ann, _, _, _) = await ArrangeAsync(database);
        await world.RotaAsync(); // of a pool that is not theirs
        using var own = world.As(ann);
        Assert.Equal(rota, (string)Assert.Single((await own.ReadAsync("/v1/rotas"))["items"]!.AsArray())!["rota"]!);
        Assert.Equal(rota, (string)(await own.ReadAsync($"/v1/rotas/{rota}"))["rota"]!);
        using var stranger = world.As(await world.PersonAsync());
        Assert.Empty((await stranger.ReadAsync("/v1/rotas"))["items"]!.AsArray());
        await (await stranger.GetAsync($"/v1/rotas/{rota}")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> RunningAsync(RotaWorld world, string rota, string person)
    {
        await world.FedAsync(rota, Shift(person, "2026-10-20T08:00", "2026-10-20T20:00"), Shift(person, "2026-10-21T08:00", "2026-10-21T16:00"));
        return (await world.ShiftsAsync(person, rota)).Single(s => (string)s["from"]! == "2026-10-20T07:00:00Z");
    }

    /// <summary>Ann is on duty on the 21st from 07:00 to 15:00 UTC; Bob and Cat are of the pool.</summary>
    private async Task<(RotaWorld World, string Rota, string Ann, string Bob, string Cat, long Shift)> ArrangeAsync(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var (ann, bob, cat) = (await world.PersonAsync(pool), await world.PersonAsync(pool), await world.PersonAsync(pool));
        await world.FedAsync(rota, Shift(ann, "2026-10-21T08:00", "2026-10-21T16:00"));
        return (world, rota, ann, bob, cat, (long)Assert.Single(await world.ShiftsAsync(ann, rota))["shift"]!);
    }
}
