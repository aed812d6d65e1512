using System.Net;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using static Entitlements.Gateway.Tests.Accreditations.AccreditationActs;

namespace Entitlements.Gateway.Tests.Accreditations;

[Collection(nameof(PeopleGateways))]
public sealed class AccreditationTests(PeopleGateways gateways)
{
    /// <summary>An app that a role opens, two holders of it, and a source that may say that they hold an accreditation.</summary>
    private async Task<Scene> SceneAsync(string database)
    {
        var gateway = await gateways.OnAsync(database);
        var (role, app, source, refresher) = (gateways.New("role"), gateways.New("app"), gateways.New("school"), gateways.New("refresher"));
        var (person, other) = (gateways.New("holder"), gateways.New("other"));
        await gateway.AddRoleAsync("north", role);
        await gateway.AddPersonAsync("north", person, role);
        await gateway.AddPersonAsync("north", other, role);
        await gateway.OpenAppAsync(app, role);
        var feed = await gateway.AddFeedAsync(source + "-feed");
        await gateway.RegisterAsync(source, source + "-feed", refresher);
        return new(gateway, feed, role, app, source, refresher, person, other);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rule_that_asks_for_one_opens_to_who_is_said_to_hold_it_until_the_very_end_that_is_said(string database)
    {
        var scene = await SceneAsync(database);
        var (gateway, feed, person) = (scene.Gateway, scene.Feed, scene.Person);
        using var owner = gateway.As("north-app-owner");
        Assert.Equal("allowed", await gateway.HearsAsync(person, scene.App));
        var asks = new
        {
            roles = new[] { scene.Role },
            device = "none",
            accreditations = new[] { scene.Refresher },
        };
        var narrowed = await (await owner.PutAsync($"/v1/apps/{scene.App}/rules/north", asks, "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)narrowed["effective"]!);
        var refused = (await gateway.AskAsync(person, scene.App))["context"]!;
        Assert.Equal("accreditation_missing", (string)refused["reasons"]![0]!["code"]!);
        Assert.DoesNotContain(scene.Refresher, refused.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("achrediad", (string)refused["reason_user"]!["cy"]!, StringComparison.Ordinal);

        var end = Now.AddDays(40);
        var said = await (
            await feed.ReportAsync(scene.Source, "full", [Item(person, scene.Refresher, end), Item(scene.Other, scene.Refresher, end)])
        ).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((2, null), ((int)said["added"]!, said["effective"]));
        var allowed = await gateway.AskAsync(person, scene.App);
        Assert.True((bool)allowed["decision"]!);
        Assert.Equal(end.ToUnixTimeMilliseconds(), allowed["context"]!["valid_until"]!.GetValue<DateTimeOffset>().ToUnixTimeMilliseconds());

        var sooner = await (await feed.ReportAsync(scene.Source, "partial", [Item(person, scene.Refresher, end.AddDays(-9))])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)sooner["effective"]!); // a shorter end takes away
        Assert.Equal(1, (int)sooner["changed"]!);
        Assert.True((await gateway.AskAsync(person, scene.App))["context"]!["valid_until"]!.GetValue<DateTimeOffset>() < end.AddDays(-8));

        var dropped = await (await feed.ReportAsync(scene.Source, "full", [Item(scene.Other, scene.Refresher, end)], confirm: 1)).ShouldBeAsync(
            HttpStatusCode.OK
        );
        Assert.True((bool)dropped["effective"]!);
        Assert.Equal((1, 1), ((int)dropped["ended"]!, (int)dropped["unchanged"]!));
        Assert.Equal("accreditation_lapsed", await gateway.HearsAsync(person, scene.App));
        Assert.Equal("allowed", await gateway.HearsAsync(scene.Other, scene.App));

        await (await feed.ReportAsync(scene.Source, "partial", [Item(scene.Other, scene.Refresher, Now)])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("accreditation_lapsed", await gateway.HearsAsync(scene.Other, scene.App)); // by name, though not by a full report

        var change = await (
            await owner.PutAsync($"/v1/apps/{scene.App}/rules/north", new { roles = new[] { scene.Role }, device = "none" }, "\"2\"")
        ).ChangeAsync();
        Assert.Equal("accreditation_lapsed", await gateway.HearsAsync(person, scene.App)); // asking for less widens: others vote
        await gateway.VoteAsync(change, "north-approver-1");
        await gateway.VoteAsync(change, "north-dpo");
        Assert.Equal("allowed", await gateway.HearsAsync(person, scene.App));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_role_that_asks_for_one_is_held_by_who_holds_it_and_confers_nothing_else_meanwhile(string database)
    {
        var scene = await SceneAsync(database);
        using var admin = scene.Gateway.As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{scene.Role}";
        var asks = new { name = scene.Role, accreditations = new[] { scene.Refresher } };
        var narrowed = await (await admin.PutAsync(path, asks, await admin.ETagAsync(path))).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True((bool)narrowed["effective"]!);
        Assert.Equal(scene.Refresher, (string)(await admin.ReadAsync(path))["accreditations"]![0]!);
        Assert.Equal("accreditation_missing", await scene.Gateway.HearsAsync(scene.Person, scene.App));
        await (await scene.Feed.ReportAsync(scene.Source, "partial", [Item(scene.Person, scene.Refresher, Now.AddDays(9))])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("allowed", await scene.Gateway.HearsAsync(scene.Person, scene.App));
        Assert.Equal("accreditation_missing", await scene.Gateway.HearsAsync(scene.Other, scene.App));
        await (await admin.PutAsync(path, new { name = scene.Role }, await admin.ETagAsync(path))).ChangeAsync();
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_no_source_may_say_is_asked_for_by_no_rule_and_no_role(string database)
    {
        var scene = await SceneAsync(database);
        using var owner = scene.Gateway.As("north-app-owner");
        using var admin = scene.Gateway.As("north-role-admin");
        var slip = new[] { scene.Refresher + "r" };
        var rule = new
        {
            roles = new[] { scene.Role },
            device = "none",
            accreditations = slip,
        };
        Assert.Equal(
            "accreditation_unknown",
            await (await owner.PutAsync($"/v1/apps/{scene.App}/rules/north", rule, "\"1\"")).CodeAsync(HttpStatusCode.BadRequest)
        );
        var role = $"/v1/tenants/north/roles/{scene.Role}";
        Assert.Equal(
            "accreditation_unknown",
            await (await admin.PutAsync(role, new { name = scene.Role, accreditations = slip }, await admin.ETagAsync(role))).CodeAsync(
                HttpStatusCode.BadRequest
            )
        );
        Assert.Equal("allowed", await scene.Gateway.HearsAsync(scene.Person, scene.App));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_holds_what_is_read_by_who_needs_to_know_and_by_everybody_of_themself(string database)
    {
        var scene = await SceneAsync(database);
        var (gateway, quiet, openly) = (scene.Gateway, gateways.New("quiet"), scene.Refresher);
        await gateway.AddRoleAsync("north", quiet, sensitive: true);
        using var admin = gateway.As("north-role-admin");
        await gateway.PublishAsync(
            await admin.PutAsync(Sources(scene.Source), Source(scene.Source + "-feed", [openly, quiet]), await admin.ETagAsync(Sources(scene.Source))),
            "north-approver-1"
        );
        var role = $"/v1/tenants/north/roles/{quiet}";
        await (
            await admin.PutAsync(
                role,
                new
                {
                    name = quiet,
                    sensitive = true,
                    accreditations = new[] { quiet },
                },
                await admin.ETagAsync(role)
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        object[] items = [Item(scene.Person, openly, Now.AddDays(9)), Item(scene.Person, quiet, Now.AddDays(99)), Item(scene.Other, quiet, Now.AddDays(99))];
        await (await scene.Feed.ReportAsync(scene.Source, "full", items)).ShouldBeAsync(HttpStatusCode.OK);

        Assert.Equal(3, await CountAsync("north-role-admin", $"source={scene.Source}"));
        Assert.Equal(3, await CountAsync("north-dpo", $"source={scene.Source}"));
        Assert.Equal(1, await CountAsync("north-auditor", $"source={scene.Source}"));
        Assert.Equal(2, await CountAsync("north-role-admin", $"accreditation={quiet}"));
        Assert.Equal(2, await CountAsync("north-role-admin", $"subject={scene.Person}"));
        Assert.Equal(1, await CountAsync("north-role-admin", $"source={scene.Source}&expiring_before={Uri.EscapeDataString(Now.AddDays(30).ToString("O"))}"));
        Assert.Equal(2, await CountAsync(scene.Person, ""));
        Assert.Equal(1, await CountAsync(scene.Other, $"source={scene.Source}"));
        Assert.Equal(0, await CountAsync(scene.Other, $"subject={scene.Person}"));
        Assert.Equal(0, await CountAsync("north-app-owner", ""));
        Assert.Equal(0, await CountAsync("south-role-admin", ""));
        await (await gateway.As("south-role-admin").GetAsync("/v1/accreditations?tenant=north")).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await gateway.As("platform-admin-1").GetAsync("/v1/accreditations?tenant=north")).ShouldBeAsync(HttpStatusCode.NotFound);

        var first = await admin.ReadAsync($"/v1/accreditations?source={scene.Source}&limit=2");
        var rest = await admin.ReadAsync($"/v1/accreditations?source={scene.Source}&limit=2&cursor={first["next_cursor"]}");
        Assert.Equal((2, 1), (first["items"]!.AsArray().Count, rest["items"]!.AsArray().Count));
        Assert.Null(rest["next_cursor"]);

        async Task<int> CountAsync(string reader, string filter)
        {
            using var http = gateway.As(reader);
            return (await http.ReadAsync($"/v1/accreditations?{filter}"))["items"]!.AsArray().Count;
        }
    }

    private sealed record Scene(TestGateway Gateway, HttpClient Feed, string Role, string App, string Source, string Refresher, string Person, string Other);
}
