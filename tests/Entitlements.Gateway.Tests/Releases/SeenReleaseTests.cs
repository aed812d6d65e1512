using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using static Entitlements.Gateway.Tests.Releases.ReleaseActs;

namespace Entitlements.Gateway.Tests.Releases;

/// <summary>What an owner declares of an app in a managed store, device management checks.</summary>
public sealed class SeenReleaseTests(PostgresServer postgres)
{
    private const string Inventory = "/v1/inventory/releases";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_not_declared_and_not_assessed_holds_the_release_at_once_and_its_keepers_hear_of_it(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var devices = gateway.AsClient("devices", "inventory.write");
        using var owner = gateway.As("north-app-owner");

        var known = await (await SeeAsync(devices, Internet)).ShouldBeAsync(HttpStatusCode.OK); // declared, and less than that
        Assert.Empty(known["undeclared"]!.AsArray());
        var covered = await (await SeeAsync(devices, Internet, Microphone)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(Microphone, (string)Assert.Single(covered["undeclared"]!.AsArray())!);
        Assert.Empty(await gateway.ReasonsAsync()); // it is assessed: told, and not held
        Assert.Equal(["north-app-owner", "north-dpo"], await ToldAsync());

        var seen = await (await SeeAsync(devices, CallLog, Microphone, CallLog)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(("recorder", CallLog, true), ((string)seen["app"]!, (string)Assert.Single(seen["undeclared"]!.AsArray())!, (bool)seen["effective"]!));
        Assert.Equal(["release_held"], await gateway.ReasonsAsync());
        Assert.Equal([CallLog, Microphone, Internet], (await owner.ReadReleaseAsync("1.0"))["capabilities"]!.AsArray().Select(c => (string)c!["name"]!));
        var record = await gateway.InDatabaseAsync(db =>
            db.AuditEvents.Where(e => e.Kind == "release.undeclared").OrderBy(e => e.Id).Select(e => e.Details).ToListAsync()
        );
        Assert.Equal([Microphone, CallLog], record.Select(details => details.Contains(CallLog, StringComparison.Ordinal) ? CallLog : Microphone));

        await (await SeeAsync(devices)).ShouldBeAsync(HttpStatusCode.OK); // seeing less takes nothing back
        Assert.Equal(["release_held"], await gateway.ReasonsAsync());
        await gateway.CoverAsync("north", Microphone, CallLog);
        Assert.Empty(await gateway.ReasonsAsync());

        Task<List<string>> ToldAsync() =>
            gateway.InDatabaseAsync(db =>
                (
                    from message in db.PersonMessages
                    join person in db.Subjects on message.SubjectKey equals person.Key
                    where message.Reference.StartsWith("cap_")
                    orderby person.Id
                    select person.Id
                ).ToListAsync()
            );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_was_seen_before_it_is_published_the_owner_cannot_say_away(string database)
    {
        await using var gateway = await postgres.StartRecorderAsync(database, highRisk: false, distribution: "managed-store");
        await gateway.RegisterClientAsync("devices", ["north"], "inventory.write");
        using var devices = gateway.AsClient("devices", "inventory.write");
        using var owner = gateway.As("north-app-owner");
        var first = await (await owner.ReleaseAsync("1.0", file: null, says: [])).ChangeAsync();
        await (await SeeAsync(devices, Microphone)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("change_moved", await (await gateway.VoteAsync(first, "north-approver-1")).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal("release_held", await (await owner.ReleaseAsync("1.0", file: null, says: [])).CodeAsync(HttpStatusCode.Conflict));
        await gateway.CoverAsync("north", Microphone);
        var second = await (await owner.ReleaseAsync("1.0", file: null, says: [Internet])).ChangeAsync();
        Assert.Equal(
            [Internet, Microphone],
            (await owner.ReadAsync($"/v1/changes/{second}"))["alteration"]!["capabilities"]!.AsArray().Select(c => (string)c!)
        );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task More_than_a_release_could_do_is_refused_whole(string database)
    {
        await using var gateway = await OpenAsync(database);
        using var devices = gateway.AsClient("devices", "inventory.write");
        await (await SeeAsync(devices, [.. Enumerable.Range(0, 499).Select(i => $"com.example.{i}")])).ShouldBeAsync(HttpStatusCode.OK); // 500 with the network
        Assert.Equal("capabilities_too_many", await (await SeeAsync(devices, "com.example.more")).CodeAsync(HttpStatusCode.Conflict));
        using var owner = gateway.As("north-app-owner");
        Assert.Equal(500, (await owner.ReadReleaseAsync("1.0"))["capabilities"]!.AsArray().Count);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Of_what_is_not_its_own_or_was_read_here_device_management_says_nothing(string database)
    {
        await using var gateway = await OpenAsync(database);
        await gateway.RegisterClientAsync("foreign", ["south"], "inventory.write");
        await gateway.RegisterClientAsync("both", ["north", "south"], "inventory.write");
        await gateway.RegisterClientAsync("store", ["north"], "access.evaluate");
        using var devices = gateway.AsClient("devices", "inventory.write");
        using var foreign = gateway.AsClient("foreign", "inventory.write");
        using var both = gateway.AsClient("both", "inventory.write");
        using var store = gateway.AsClient("store", "access.evaluate");
        using var owner = gateway.As("north-app-owner");
        foreach (
            var (who, status) in new[]
            {
                (foreign, HttpStatusCode.NotFound),
                (both, HttpStatusCode.BadRequest),
                (store, HttpStatusCode.Forbidden),
                (owner, HttpStatusCode.Forbidden),
            }
        )
        {
            await (await SeeAsync(who, CallLog)).ShouldBeAsync(status);
        }
        foreach (
            var (body, status) in new (object, HttpStatusCode)[]
            {
                (Body("uk.other", "1.0", CallLog), HttpStatusCode.NotFound),
                (Body(Recorder, "2.0", CallLog), HttpStatusCode.NotFound),
                (Body("", "1.0", CallLog), HttpStatusCode.BadRequest),
                (Body(Recorder, "", CallLog), HttpStatusCode.BadRequest),
                (Body(Recorder, "1.0", "no name"), HttpStatusCode.BadRequest),
                (Body(Recorder, "1.0", [.. Enumerable.Repeat("a", 5_000)]), HttpStatusCode.BadRequest),
            }
        )
        {
            await (await devices.PostAsJsonAsync(Inventory, body)).ShouldBeAsync(status);
        }
        await gateway.InDatabaseAsync(db =>
            db.Apps.ExecuteUpdateAsync(set => set.SetProperty(a => a.Distribution, Entitlements.Gateway.Catalogue.Distribution.Artifact))
        );
        await (await SeeAsync(devices, CallLog)).ShouldBeAsync(HttpStatusCode.NotFound);
        Assert.Empty(await gateway.ReasonsAsync());
    }

    private static Task<HttpResponseMessage> SeeAsync(HttpClient http, params string[] capabilities) =>
        http.PostAsJsonAsync(Inventory, Body(Recorder, "1.0", capabilities));

    private static object Body(string package, string version, params string[] capabilities) =>
        new
        {
            package_id = package,
            platform = "android",
            version,
            capabilities,
        };

    /// <summary>The recorder, in a managed store: declared to use the network, assessed for the microphone, too.</summary>
    private async Task<TestGateway> OpenAsync(string database)
    {
        var gateway = await postgres.StartRecorderAsync(
            database,
            highRisk: false,
            distribution: "managed-store",
            services: services => services.RemoveWorkers(typeof(DeliveryWorker))
        ); // what people are told stays to be counted
        await gateway.RegisterClientAsync("devices", ["north"], "inventory.write");
        using var owner = gateway.As("north-app-owner");
        await gateway.CoverAsync("north", Microphone);
        await gateway.PublishAsync(await owner.ReleaseAsync("1.0", file: null, says: [Internet]), "north-approver-1");
        await gateway.OpenRecorderAsync("north", "constable", "north-approver-1", "north-dpo");
        return gateway;
    }
}
