using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Management;

public sealed class CatalogueStoreTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_store_page_pages_speaks_both_languages_and_shows_strangers_nothing(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.OpenAppAsync("duty-roster", "officer");
        using var store = gateway.AsClient("store", "access.evaluate");
        var first = await PageAsync(store, "constable", "?limit=1");
        var second = await PageAsync(store, "constable", $"?limit=1&cursor={first["next_cursor"]}");
        Assert.Equal("duty-roster", (string)first["items"]![0]!["app"]!);
        Assert.Equal("notebook", (string)second["items"]![0]!["app"]!);
        Assert.Null(second["next_cursor"]);
        Assert.Equal(["en", "cy"], second["items"]![0]!["reason_user"]!.AsObject().Select(w => w.Key));
        Assert.DoesNotContain("officer", (await PageAsync(store, "north-crowd-1")).ToJsonString(), StringComparison.Ordinal);

        Assert.Empty((await PageAsync(store, "nobody"))["items"]!.AsArray());
        Assert.Empty((await PageAsync(store, "south-dpo"))["items"]!.AsArray());
        using var person = gateway.As("north-crowd-1");
        Assert.Empty((await PageAsync(person, "constable"))["items"]!.AsArray()); // a person asks for themself only
        await (await store.PostAsJsonAsync("/v1/catalogue?limit=501", Subject("constable"))).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await store.PostAsJsonAsync("/v1/catalogue?cursor=%FF", Subject("constable"))).ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_hidden_app_is_listed_only_to_who_holds_its_role(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.InDatabaseAsync(db =>
            db.Apps.Where(a => a.Id == "notebook")
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Visibility, Entitlements.Gateway.Catalogue.Visibility.Hidden))
        );
        Assert.Equal("may_have", await gateway.StandingAsync("constable", "notebook"));
        Assert.Null(await gateway.ListingAsync("north-crowd-1", "notebook"));
        using var person = gateway.As("north-crowd-1");
        await (await person.GetAsync("/v1/apps/notebook/guidance/north")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Updates_install_the_current_release_and_remove_what_was_recalled(string database)
    {
        await using var gateway = await StartAsync(database);
        var key = await gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == "constable").Select(s => s.Key).SingleAsync());
        await gateway.InDatabaseAsync(async db =>
        {
            db.Devices.Add(
                new()
                {
                    Tenant = "north",
                    Id = "phone-1",
                    SubjectKey = key,
                }
            );
            await db.SaveChangesAsync();
        });
        using var store = gateway.AsClient("store", "access.evaluate");
        Assert.Equal([("install", "1.0"), ("leave", null)], await PlanAsync("0.9"));
        Assert.Equal([("leave", null), ("leave", null)], await PlanAsync("1.0"));
        using var owner = gateway.As("north-app-owner");
        await (await owner.PostAsJsonAsync("/v1/apps/notebook/recall", new { reason = "an incident" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal([("remove", null), ("leave", null)], await PlanAsync("1.0"));

        async Task<IEnumerable<(string, string?)>> PlanAsync(string version) =>
            (
                await (
                    await store.PostAsJsonAsync(
                        "/v1/updates",
                        new { device = new { id = "phone-1" }, installed = new[] { new { app = "notebook", version }, new { app = "a-game", version = "3" } } }
                    )
                ).ShouldBeAsync(HttpStatusCode.OK)
            )["items"]!
                .AsArray()
                .Select(i => ((string)i!["action"]!, (string?)i["version"]));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_name_stands_for_exactly_one_or_for_nothing(string database)
    {
        await using var gateway = await StartAsync(database);
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == "constable").ExecuteUpdateAsync(set => set.SetProperty(s => s.UserPrincipalName, "pc@north.example"))
        );
        await gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Id == "north-crowd-1" || s.Id == "north-crowd-2").ExecuteUpdateAsync(set => set.SetProperty(s => s.Person, "twice"))
        );
        using var store = gateway.AsClient("store", "access.evaluate");
        Assert.Equal("constable", (string)(await (await ResolveAsync(new { upn = "pc@north.example" })).ShouldBeAsync(HttpStatusCode.OK))["subject"]!["id"]!);
        foreach (
            var nothing in new object[]
            {
                new { upn = "nobody" },
                new { employee_number = "twice" },
                new { employee_number = "person-of-south-dpo" },
                new { mdm_device_id = "x" },
                new { upn = "pc@north.example", tenant = "south" },
            }
        )
        {
            Assert.Equal("not_found", await (await ResolveAsync(nothing)).CodeAsync(HttpStatusCode.NotFound));
        }
        await (await ResolveAsync(new { })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await (await ResolveAsync(new { upn = "a", employee_number = "b" })).ShouldBeAsync(HttpStatusCode.BadRequest);
        await gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == "constable").ExecuteUpdateAsync(set => set.SetProperty(s => s.Suspended, true)));
        await (await ResolveAsync(new { upn = "pc@north.example" })).ShouldBeAsync(HttpStatusCode.NotFound);
        using var person = gateway.As("north-crowd-3");
        await (await person.PostAsJsonAsync("/v1/subjects/resolve", new { upn = "pc@north.example" })).ShouldBeAsync(HttpStatusCode.Forbidden);

        Task<HttpResponseMessage> ResolveAsync(object body) => store.PostAsJsonAsync("/v1/subjects/resolve", body);
    }

    private static object Subject(string id) => new { subject = new { type = "user", id } };

    private static async Task<JsonNode> PageAsync(HttpClient http, string subject, string query = "") =>
        await (await http.PostAsJsonAsync($"/v1/catalogue{query}", Subject(subject))).ShouldBeAsync(HttpStatusCode.OK);

    private async Task<TestGateway> StartAsync(string database)
    {
        var gateway = await postgres.StartGatewayAsync(database);
        await gateway.RegisterClientAsync("store", ["north"], "access.evaluate");
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        return gateway;
    }
}
