using System.Net;
using System.Text;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using static Entitlements.Gateway.Tests.Rotas.RotaWorld;

namespace Entitlements.Gateway.Tests.Rotas;

/// <summary>A feed says the whole truth of its window, in three formats, all of it or nothing.</summary>
[Collection(nameof(RotaGateways))]
public sealed class RotaFeedTests(RotaGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_three_formats_say_the_same(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var ann = await world.PersonAsync(pool);
        using var feeder = world.Feeder();
        await world.FedAsync(rota, Shift(ann, "2026-10-24T22:00", "2026-10-25T06:00"));
        var csv = await world.SendAsync(feeder, rota, "text/csv; charset=utf-8", $"\ufeffsubject,from,until\r\n{ann},2026-10-24 22:00,2026-10-25T06:00Z\r\n");
        var calendar = await world.SendAsync(
            feeder,
            rota,
            "text/calendar; charset=UTF-8; method=PUBLISH",
            $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/London:20261024T220000\r\nDTEND;TZID=Europe/London:20261025T060000\r\nATTENDEE;CN=Ann:MAILTO:{ann.ToUpperInvariant()}@North.Example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        foreach (var answer in new[] { csv, calendar })
        {
            var fed = await answer.ShouldBeAsync(HttpStatusCode.OK);
            Assert.Equal((0, 0, 0, 1, 0), ((int)fed["inserted"]!, (int)fed["changed"]!, (int)fed["ended"]!, (int)fed["unchanged"]!, (int)fed["unmatched"]!));
        }
        await (await world.SendAsync(feeder, rota, "text/plain", "hello")).ShouldBeAsync(HttpStatusCode.UnsupportedMediaType);
        await (await world.SendAsync(feeder, rota, "text/csv; charset=latin1", "subject,from,until")).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_address_that_two_share_and_one_that_nobody_has_put_nobody_on_duty(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var (ann, bob) = (await world.PersonAsync(pool), await world.PersonAsync(pool));
        await world.SetAsync(bob, s => s.Email = $"{ann}@NORTH.example");
        using var feeder = world.Feeder();
        var text = new StringBuilder("BEGIN:VCALENDAR\r\n");
        foreach (var who in new[] { $"mailto:{ann}@north.example", "mailto:nobody@north.example", $"mailto:{bob}", "urn:x" })
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"BEGIN:VEVENT\r\nUID:{who.Length}\r\nDTSTART:20261021T080000Z\r\nDURATION:PT8H\r\nATTENDEE:{who}\r\nEND:VEVENT\r\n"
            );
        }
        var fed = await (await world.SendAsync(feeder, rota, "text/calendar", text.Append("END:VCALENDAR\r\n").ToString())).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(
            ["nobody@north.example", $"{ann}@north.example"],
            fed["unmatched_people"]!.AsArray().Select(p => (string)p!).Order(StringComparer.Ordinal)
        );
        Assert.Equal((1, 1), ((int)fed["inserted"]!, (int)fed["skipped"]!));
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-21T09:00:00Z")); // named by their id
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_a_feed_leaves_out_of_its_window_ends_and_what_others_said_or_lies_outside_stays(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var (ann, bob) = (await world.PersonAsync(pool), await world.PersonAsync(pool));
        var week = Enumerable.Range(21, 9).Select(day => Shift(ann, $"2026-10-{day}T08:00", $"2026-10-{day}T16:00")).ToArray();
        Assert.Equal(9, (int)(await world.FedAsync(rota, week))["inserted"]!);
        using var admin = world.As("north-role-admin");
        await (await world.FeedAsync(admin, rota, "", Shift(bob, "2026-10-21T08:00", "2026-10-21T16:00"))).ShouldBeAsync(HttpStatusCode.OK);

        using var feeder = world.Feeder();
        var some = await (
            await world.FeedAsync(
                feeder,
                rota,
                "?from=2026-10-21T00:00:00Z&until=2026-10-28T00:00:00Z",
                [Shift(ann, "2026-10-21T08:00", "2026-10-21T17:00"), .. week[2..7]]
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((0, 1, 1, 5), ((int)some["inserted"]!, (int)some["changed"]!, (int)some["ended"]!, (int)some["unchanged"]!));
        Assert.Equal($"{ann} {bob}", await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-21T15:30:00Z")); // lengthened
        Assert.Equal("", await world.OnDutyAsync(rota, "2026-10-22T08:00:00Z"));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-29T09:00:00Z")); // outside of the window

        var partial = await (await world.FeedAsync(feeder, rota, "?mode=partial", week[1])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((1, 0), ((int)partial["inserted"]!, (int)partial["ended"]!));
        Assert.Equal(ann, await world.OnDutyAsync(rota, "2026-10-22T08:00:00Z"));

        var emptied = await (await world.FeedAsync(feeder, rota, "")).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.Equal((9, 9), ((int)emptied["standing"]!, (int)emptied["ending"]!));
        Assert.Equal(10, (await world.ShiftsAsync("north-role-admin", rota)).Count);
        Assert.Equal("feed_suspicious", await (await world.FeedAsync(feeder, rota, "?confirm=8")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(9, (int)(await (await world.FeedAsync(feeder, rota, "?confirm=9")).ShouldBeAsync(HttpStatusCode.OK))["ended"]!);
        Assert.Equal(bob, await world.OnDutyAsync(rota, "2026-10-21T08:00:00Z")); // what was added by hand stays
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_broken_feed_changes_nothing_and_a_repeated_one_acts_once(string database)
    {
        var world = await gateways.OnAsync(database);
        var (rota, pool) = await world.RotaAsync();
        var ann = await world.PersonAsync(pool);
        using var feeder = world.Feeder();
        await world.FedAsync(rota, Shift(ann, "2026-10-21T08:00", "2026-10-21T16:00"));
        (string Type, string Text, string Where)[] broken =
        [
            ("application/json", $$"""{"shifts":[{"subject":"{{ann}}","from":"2026-10-22T08:00","until":"2026-10-21T08:00"}]}""", "/shifts/0/until"),
            ("application/json", $$"""{"shifts":[{"subject":"{{ann}}","from":"tomorrow","until":"2026-10-21T08:00"}]}""", "/shifts/0/from"),
            ("application/json", """{"shifts":[],"complete":true}""", "/complete"),
            ("text/csv", $"subject,from,until\n{ann},2026-10-22T08:00,2026-10-22T16:00\n{ann},,\n", "line 3 from"),
            (
                "text/calendar",
                "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20261021T080000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nEND:VCALENDAR",
                "line 2"
            ),
        ];
        foreach (var (type, text, where) in broken)
        {
            var refused = await (await world.SendAsync(feeder, rota, type, text)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains(where, refused["errors"]!.AsObject().Select(e => e.Key));
        }
        await (await world.SendAsync(feeder, rota, "text/csv", new string(',', 3 << 20))).ShouldBeAsync(HttpStatusCode.RequestEntityTooLarge);
        var many = Enumerable.Range(0, 10_001).Select(i => Shift(ann, "2026-10-22T08:00", "2026-10-22T16:00")).ToArray();
        await (await world.FeedAsync(feeder, rota, "", many)).ShouldBeAsync(HttpStatusCode.BadRequest);
        foreach (
            var window in new[] { "?until=2026-10-19T00:00:00Z", "?until=2028-01-01T00:00:00Z", "?from=2027-06-01T00:00:00Z", "?mode=both", "?from=yesterday" }
        )
        {
            await (await world.FeedAsync(feeder, rota, window)).ShouldBeAsync(HttpStatusCode.BadRequest);
        }
        Assert.Single(await world.ShiftsAsync("north-role-admin", rota));

        var body = new { shifts = new[] { Shift(ann, "2026-10-21T08:00", "2026-10-21T16:00"), Shift(ann, "2026-10-22T08:00", "2026-10-22T16:00") } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => feeder.WriteAsync(HttpMethod.Post, $"/v1/rotas/{rota}/shifts", body, key: "k-1")));
        foreach (var answer in answers)
        {
            Assert.Equal(1, (int)(await answer.ShouldBeAsync(HttpStatusCode.OK))["inserted"]!);
        }
        Assert.Equal(2, (await world.ShiftsAsync("north-role-admin", rota)).Count);
    }
}
