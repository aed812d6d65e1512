using System.Net;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Accreditations.AccreditationActs;

namespace Entitlements.Gateway.Tests.Accreditations;

/// <summary>Reports that are wrong, late, repeated or too good to be true.</summary>
[Collection(nameof(PeopleGateways))]
public sealed class AccreditationFeedTests(PeopleGateways gateways)
{
    private async Task<(TestGateway Gateway, HttpClient Feed, string Source, string Skill, string[] People)> FeedAsync(string database, int people = 1)
    {
        var gateway = await gateways.OnAsync(database);
        var (source, skill) = (gateways.New("school"), gateways.New("skill"));
        string[] named = [.. Enumerable.Range(0, people).Select(_ => gateways.New("pers"))];
        foreach (var one in named)
        {
            await gateway.AddPersonAsync("north", one);
        }
        var feed = await gateway.AddFeedAsync(source);
        await gateway.RegisterAsync(source, source, skill);
        return (gateway, feed, source, skill, named);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Every_item_that_cannot_be_taken_is_named_and_then_nothing_is_taken(string database)
    {
        var (gateway, feed, source, skill, people) = await FeedAsync(database);
        var foreigner = gateways.New("south");
        await gateway.AddPersonAsync("south", foreigner);
        object[] items =
        [
            Item(people[0], skill, Now.AddDays(9)),
            Item("nobody-at-all", skill, Now.AddDays(9)),
            Item(foreigner, skill, Now.AddDays(9)),
            Item(people[0], "juggling", Now.AddDays(9)),
            Item(people[0], skill, Now.AddDays(8)),
            new
            {
                subject = people[0],
                subject_issuer = gateway.Issuer.Authority,
                accreditation = skill,
                not_after = Now.AddDays(7),
            },
        ];
        var errors = (await (await feed.ReportAsync(source, "full", items)).ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]!.AsObject();
        Assert.Equal(["/items/1/subject", "/items/2/subject", "/items/3/accreditation", "/items/4", "/items/5"], errors.Select(e => e.Key).Order());
        Assert.Equal(errors["/items/1/subject"]!.ToJsonString(), errors["/items/2/subject"]!.ToJsonString()); // unknown or foreign: alike
        Assert.False(await gateway.InDatabaseAsync(db => db.Accreditations.AnyAsync(a => a.Source == source)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_a_body_must_be_is_said_by_pointer(string database)
    {
        var (_, feed, source, skill, people) = await FeedAsync(database);
        var item = Item(people[0], skill, Now.AddDays(9));
        (HttpResponseMessage Answer, string Pointer)[] bad =
        [
            (await feed.ReportAsync(source, "partial", [Item(people[0], skill, Now, Now.AddDays(1))]), "/items/0/not_after"),
            (await feed.ReportAsync(source, "partial", [Item(people[0], skill, Now.AddDays(1), Now.AddDays(1))]), "/items/0/not_after"),
            (await feed.ReportAsync(source, "partial", [new { subject = people[0], accreditation = skill }]), "/items/0/not_after"),
            (
                await feed.ReportAsync(
                    source,
                    "partial",
                    [
                        new
                        {
                            subject = people[0],
                            accreditation = skill,
                            not_after = Now,
                            grade = 1,
                        },
                    ]
                ),
                "/items/0/grade"
            ),
            (await feed.ReportAsync(source, "partial", [item], asOf: Now.AddHours(1)), "/complete_as_of"),
            (await feed.ReportAsync(source, "all", [item]), "/mode"),
            (await feed.ReportAsync(source, "partial", [.. Enumerable.Repeat(item, 20_001)]), "/items"),
            (
                await feed.ReportAsync(
                    source,
                    "partial",
                    [
                        new
                        {
                            subject = people[0],
                            accreditation = skill,
                            not_after = Now,
                            reference = "two\nlines",
                        },
                    ]
                ),
                "/items/0/reference"
            ),
        ];
        foreach (var (answer, pointer) in bad)
        {
            Assert.NotNull((await answer.ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]![pointer]);
        }
        await (await feed.ReportAsync(source, "partial", [new { subject = new string('x', 200), reference = new string('y', 9 << 20) }])).ShouldBeAsync(
            HttpStatusCode.RequestEntityTooLarge
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_report_sent_again_under_its_key_is_answered_again_and_one_older_than_the_last_is_refused(string database)
    {
        var (gateway, feed, source, skill, people) = await FeedAsync(database);
        var (asOf, until) = (Now, Now.AddDays(9));
        object[] items = [Item(people[0], skill, until)];
        var key = gateways.New("key");
        var first = await (await feed.ReportAsync(source, "full", items, asOf: asOf, key: key)).ShouldBeAsync(HttpStatusCode.OK);
        var again = await (await feed.ReportAsync(source, "full", items, asOf: asOf, key: key)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal(
            "idempotency_key_reused",
            await (await feed.ReportAsync(source, "partial", items, asOf: asOf, key: key)).CodeAsync(HttpStatusCode.UnprocessableEntity)
        );
        var same = await (await feed.ReportAsync(source, "full", items, asOf: asOf)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((0, 0, 1), ((int)same["added"]!, (int)same["changed"]!, (int)same["unchanged"]!));
        Assert.Equal(
            "report_out_of_order",
            await (await feed.ReportAsync(source, "full", items, asOf: asOf.AddSeconds(-1))).CodeAsync(HttpStatusCode.Conflict)
        );
        Assert.Equal(1, await gateway.InDatabaseAsync(db => db.Accreditations.CountAsync(a => a.Source == source)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_full_report_that_ends_many_is_refused_until_somebody_says_yes_to_the_very_number(string database)
    {
        var (_, feed, source, skill, people) = await FeedAsync(database, people: 10);
        object[] Of(int some) => [.. people.Take(some).Select(p => Item(p, skill, Now.AddDays(90)))];
        Assert.Equal("report_suspicious", await (await feed.ReportAsync(source, "full", [])).CodeAsync(HttpStatusCode.Conflict)); // an empty export
        await (await feed.ReportAsync(source, "full", Of(10))).ShouldBeAsync(HttpStatusCode.OK);
        await (await feed.ReportAsync(source, "full", Of(8))).ShouldBeAsync(HttpStatusCode.OK); // a fifth
        var refused = await (await feed.ReportAsync(source, "full", Of(5))).ShouldBeAsync(HttpStatusCode.Conflict);
        Assert.Equal((8, 3), ((int)refused["standing"]!, (int)refused["ending"]!));
        await (await feed.ReportAsync(source, "full", Of(5), confirm: 2)).ShouldBeAsync(HttpStatusCode.Conflict);
        object[] past = [.. people.Take(8).Select(p => Item(p, skill, Now.AddDays(-1)))];
        Assert.Equal("report_suspicious", await (await feed.ReportAsync(source, "full", past)).CodeAsync(HttpStatusCode.Conflict)); // dates gone wrong
        Assert.Equal("report_suspicious", await (await feed.ReportAsync(source, "full", [])).CodeAsync(HttpStatusCode.Conflict));
        var confirmed = await (await feed.ReportAsync(source, "full", Of(5), confirm: 3)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((true, 3), ((bool)confirmed["effective"]!, (int)confirmed["ended"]!));
        await (await feed.ReportAsync(source, "full", [], confirm: 5)).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_longest_report_there_may_be_is_taken_whole_and_ended_whole(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var source = gateways.New("force");
        var people = Enumerable.Range(0, 5_000).Select(i => FormattableString.Invariant($"{source}-{i}")).ToList();
        await gateway.InDatabaseAsync(async db =>
        {
            db.Subjects.AddRange(
                people.Select(p => new SubjectRow
                {
                    Tenant = "north",
                    Issuer = gateway.Issuer.Authority,
                    Id = p,
                })
            );
            await db.SaveChangesAsync();
        });
        using var feed = await gateway.AddFeedAsync(source);
        string[] skills = ["one", "two", "three", "four"];
        await gateway.RegisterAsync(source, source, skills);
        object[] items = [.. people.SelectMany(p => skills.Select(s => Item(p, s, Now.AddDays(90))))];
        Assert.Equal(20_000, (int)(await (await feed.ReportAsync(source, "full", items)).ShouldBeAsync(HttpStatusCode.OK))["added"]!);
        Assert.Equal(20_000, (int)(await (await feed.ReportAsync(source, "full", items)).ShouldBeAsync(HttpStatusCode.OK))["unchanged"]!);
        var ended = await (await feed.ReportAsync(source, "full", [items[0]], confirm: 19_999)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((true, 19_999), ((bool)ended["effective"]!, (int)ended["ended"]!));
        Assert.Equal(1, await gateway.InDatabaseAsync(db => db.Accreditations.CountAsync(a => a.Source == source && !a.Ended)));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_is_said_stands_as_it_was_said_and_what_is_past_is_kept_as_ended(string database)
    {
        var (gateway, feed, source, skill, people) = await FeedAsync(database, people: 3);
        var (from, until) = (Now.AddDays(-3), Now.AddDays(9));
        object[] items = [Item(people[0], skill, until, from), Item(people[1], skill, until), Item(people[2], skill, Now.AddDays(-1))];
        await (await feed.ReportAsync(source, "full", items)).ShouldBeAsync(HttpStatusCode.OK);
        using var admin = gateway.As("north-role-admin");
        var shown = (await admin.ReadAsync($"/v1/accreditations?source={source}&ended=true"))["items"]!.AsArray();
        Assert.Equal(["False", "False", "True"], shown.Select(s => ((bool)s!["ended"]!).ToString()));
        Assert.Equal(from.ToUnixTimeMilliseconds(), shown[0]!["not_before"]!.GetValue<DateTimeOffset>().ToUnixTimeMilliseconds());
        var began = shown[1]!["not_before"]!.GetValue<DateTimeOffset>();
        await (await feed.ReportAsync(source, "partial", [Item(people[1], skill, until.AddDays(9))])).ShouldBeAsync(HttpStatusCode.OK);
        shown = (await admin.ReadAsync($"/v1/accreditations?subject={people[1]}"))["items"]!.AsArray();
        Assert.Equal(began, shown[0]!["not_before"]!.GetValue<DateTimeOffset>()); // extended, not begun anew
        var audited = await gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Kind == "accreditations.reported" && e.Target.EndsWith(source)).OrderBy(e => e.Id).ToListAsync()
        );
        Assert.Equal(2, audited.Count);
        Assert.All(people, person => Assert.Contains(person, audited[0].Details, StringComparison.Ordinal));
    }
}
