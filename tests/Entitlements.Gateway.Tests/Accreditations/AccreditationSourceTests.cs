using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Accreditations.AccreditationActs;

namespace Entitlements.Gateway.Tests.Accreditations;

/// <summary>Who may say what somebody holds is voted on; what they then say is not.</summary>
[Collection(nameof(PeopleGateways))]
public sealed class AccreditationSourceTests(PeopleGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_source_is_a_change_that_its_clients_person_does_not_vote_on_and_reports_nothing_before(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (source, skill, person) = (gateways.New("school"), gateways.New("skill"), gateways.New("pers"));
        await gateway.AddPersonAsync("north", person);
        using var feed = await gateway.AddFeedAsync(source);
        await gateway.InDatabaseAsync(db =>
            db.Clients.Where(c => c.ClientId == source).ExecuteUpdateAsync(set => set.SetProperty(c => c.Person, "person-of-north-approver-1"))
        );
        using var admin = gateway.As("north-role-admin");
        Assert.Equal("client_unknown", await (await admin.PutAsync(Sources(source), Source(source + "x", [skill]))).CodeAsync(HttpStatusCode.Conflict));
        var change = await (await admin.PutAsync(Sources(source), Source(source, [skill]))).ChangeAsync();
        await (await feed.ReportAsync(source, "partial", [Item(person, skill, Now.AddDays(9))])).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("named_by_change", await (await gateway.VoteAsync(change, "north-approver-1")).CodeAsync(HttpStatusCode.Forbidden));
        await (await gateway.VoteAsync(change, "north-approver-2")).ShouldBeAsync(HttpStatusCode.OK);
        await (await feed.ReportAsync(source, "partial", [Item(person, skill, Now.AddDays(9))])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((bool)(await admin.ReadAsync(Sources(source)))["stale"]!);
        await (await gateway.As("south-role-admin").GetAsync(Sources(source))).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Only_its_own_client_reports_for_a_source_and_nobody_learns_which_there_are(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (source, skill, person) = (gateways.New("school"), gateways.New("skill"), gateways.New("pers"));
        await gateway.AddPersonAsync("north", person);
        using var feed = await gateway.AddFeedAsync(source);
        using var other = await gateway.AddFeedAsync(source + "-other");
        await gateway.RegisterAsync(source, source, skill);
        object[] items = [Item(person, skill, Now.AddDays(9))];
        foreach (var (caller, named) in new[] { (other, source), (feed, source + "x"), (gateway.As("north-role-admin"), source) })
        {
            Assert.Equal("source_not_registered", await (await caller.ReportAsync(named, "partial", items)).CodeAsync(HttpStatusCode.Forbidden));
        }
        Assert.Equal(
            "source_not_registered",
            await (await gateway.As("south-role-admin").ReportAsync(source, "partial", [])).CodeAsync(HttpStatusCode.Forbidden)
        );
        await (await gateway.As("north-app-owner").ReportAsync(source, "partial", [])).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await feed.ReportAsync(source, "partial", items)).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_source_that_may_say_less_or_is_taken_out_ends_what_it_said_at_once(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (source, skill, more, person) = (gateways.New("school"), gateways.New("skill"), gateways.New("more"), gateways.New("pers"));
        await gateway.AddPersonAsync("north", person);
        using var feed = await gateway.AddFeedAsync(source);
        await gateway.RegisterAsync(source, source, skill, more);
        await (await feed.ReportAsync(source, "full", [Item(person, skill, Now.AddDays(9)), Item(person, more, Now.AddDays(9))])).ShouldBeAsync(
            HttpStatusCode.OK
        );
        using var admin = gateway.As("north-role-admin");
        var less = await (await admin.PutAsync(Sources(source), Source(source, [skill]), await admin.ETagAsync(Sources(source)))).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.Equal((true, 1), ((bool)less["effective"]!, (int)less["ended"]!));
        Assert.Equal(skill, (string)Assert.Single((await admin.ReadAsync($"/v1/accreditations?source={source}"))["items"]!.AsArray())!["accreditation"]!);
        var none = await (await admin.DeleteAsync(Sources(source), await admin.ETagAsync(Sources(source)))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((true, 1), ((bool)none["effective"]!, (int)none["ended"]!));
        Assert.Empty((await admin.ReadAsync($"/v1/accreditations?source={source}"))["items"]!.AsArray());
        Assert.Equal(2, (await admin.ReadAsync($"/v1/accreditations?source={source}&ended=true"))["items"]!.AsArray().Count);
        await (await feed.ReportAsync(source, "partial", [])).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await admin.GetAsync(Sources(source))).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await admin.PutAsync(Sources(source), Source(source, [skill]))).ChangeAsync(); // again by a vote, and with nothing said
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_source_kept_by_hand_is_fed_by_role_admins_and_never_about_themselves(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (source, skill, person, second) = (gateways.New("hand"), gateways.New("skill"), gateways.New("pers"), gateways.New("second"));
        await gateway.AddPersonAsync("north", person);
        await gateway.AddPersonAsync("north", second);
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == second).ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, "person-of-north-role-admin"))
        );
        using var feed = await gateway.AddFeedAsync(source);
        await gateway.RegisterAsync(source, null, skill);
        using var admin = gateway.As("north-role-admin");
        await (await admin.ReportAsync(source, "partial", [Item(person, skill, Now.AddDays(9))])).ShouldBeAsync(HttpStatusCode.OK);
        foreach (var own in new[] { "north-role-admin", second })
        {
            Assert.Equal(
                "own_accreditation",
                await (await admin.ReportAsync(source, "partial", [Item(own, skill, Now.AddDays(9))])).CodeAsync(HttpStatusCode.Forbidden)
            );
        }
        await (await feed.ReportAsync(source, "partial", [])).ShouldBeAsync(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_source_is_loud_when_written(string database)
    {
        var gateway = await gateways.OnAsync(database);
        using var admin = gateway.As("north-role-admin");
        var path = Sources(gateways.New("school"));
        (object Body, string Pointer)[] bad =
        [
            (Source(null, []), "/accreditations"),
            (Source(null, ["UPPER"]), "/accreditations/0"),
            (Source(null, ["skill"], "PT59S"), "/report_every"),
            (Source(null, ["skill"], "soon"), "/report_every"),
            (
                new
                {
                    accreditations = new[] { "skill" },
                    report_every = "P1D",
                    client_issuer = "https://nobody.example",
                },
                "/client_issuer"
            ),
            (new { accreditations = new[] { "skill" } }, "/report_every"),
        ];
        foreach (var (body, pointer) in bad)
        {
            Assert.NotNull((await (await admin.PutAsync(path, body)).ShouldBeAsync(HttpStatusCode.BadRequest))["errors"]![pointer]);
        }
    }
}
