using System.ComponentModel.DataAnnotations;
using System.Net;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static Entitlements.Gateway.Tests.Accreditations.AccreditationActs;

namespace Entitlements.Gateway.Tests.Accreditations;

/// <summary>Warnings are told once each, by whichever replica; a silent source extends nothing.</summary>
public sealed class AccreditationWatchTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Each_warning_is_given_once_the_nearest_alone_and_anew_for_another_end(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        foreach (var person in new[] { "soon", "later", "leaver", "twice" })
        {
            await gateway.AddPersonAsync("north", person);
        }
        await gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Id == "leaver").ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false)));
        using var feed = await gateway.AddFeedAsync("school");
        await gateway.RegisterAsync("school", "school", "hush-refresher");
        await gateway.RegisterAsync("second", "school", "hush-refresher");
        object[] items =
        [
            .. new[] { ("soon", 5), ("later", 40), ("leaver", 5), ("twice", 5) }.Select(p => Item(p.Item1, "hush-refresher", Now.AddDays(p.Item2))),
        ];
        await (await feed.ReportAsync("school", "full", items)).ShouldBeAsync(HttpStatusCode.OK);
        await (await feed.ReportAsync("second", "full", [Item("twice", "hush-refresher", Now.AddDays(50))])).ShouldBeAsync(HttpStatusCode.OK);

        await WarnAsync(gateway);
        await WarnAsync(gateway);
        Assert.Equal(["7"], await WarningsAsync(gateway)); // of soon; for twice another source goes on, and the leaver needs none
        await (await feed.ReportAsync("school", "partial", [Item("soon", "hush-refresher", Now.AddHours(20))])).ShouldBeAsync(HttpStatusCode.OK);
        await (await feed.ReportAsync("school", "partial", [Item("later", "hush-refresher", Now.AddDays(29))])).ShouldBeAsync(HttpStatusCode.OK);
        await WarnAsync(gateway);
        await WarnAsync(gateway);
        Assert.Equal(["7", "1", "30"], await WarningsAsync(gateway));
        await (await feed.ReportAsync("school", "partial", [Item("soon", "hush-refresher", Now.AddDays(6))])).ShouldBeAsync(HttpStatusCode.OK);
        await WarnAsync(gateway);
        await WarnAsync(gateway);
        Assert.Equal(["7", "1", "30", "7"], await WarningsAsync(gateway)); // another end
        var told = await gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Kind == "accreditation.ending").Select(m => m.Payload).ToListAsync());
        Assert.All(told, payload => Assert.DoesNotContain("hush", payload, StringComparison.Ordinal));
        Assert.All(told, payload => Assert.DoesNotContain("soon", payload, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_replicas_that_look_at_once_give_each_warning_once()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var people = Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"pers-{i}")).ToList();
        foreach (var person in people)
        {
            await replicas.First.AddPersonAsync("north", person);
        }
        using var feed = await replicas.First.AddFeedAsync("school");
        await replicas.First.RegisterAsync("school", "school", "refresher");
        await (await feed.ReportAsync("school", "full", [.. people.Select(p => Item(p, "refresher", Now.AddDays(20)))])).ShouldBeAsync(HttpStatusCode.OK);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => WarnAsync(replicas.All[i % 2])));
        Assert.Equal(Enumerable.Repeat("30", 30), await WarningsAsync(replicas.First));
        await SilenceAsync(replicas.First);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Watch(replicas.All[i % 2]).LookForStaleAsync()));
        Assert.Equal(1, await replicas.Second.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "accreditation.stale")));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_stale_source_is_told_once_extends_nothing_and_is_told_again_when_it_falls_silent_again(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddPersonAsync("north", "holder");
        using var feed = await gateway.AddFeedAsync("hush-school");
        await gateway.RegisterAsync("hush-school", "hush-school", "refresher");
        await (await feed.ReportAsync("hush-school", "full", [Item("holder", "refresher", Now.AddDays(90))])).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(0, await Watch(gateway).LookForStaleAsync());
        var before = await EndsAsync();
        using var admin = gateway.As("north-role-admin");
        for (var time = 1; time <= 2; time++)
        {
            await SilenceAsync(gateway);
            Assert.Equal(1, await Watch(gateway).LookForStaleAsync());
            Assert.Equal(1, await Watch(gateway).LookForStaleAsync());
            Assert.Equal(1, gateway.Services.GetRequiredService<AccreditationTelemetry>().Stale);
            var told = await gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Kind == "accreditation.stale").Select(m => m.Payload).ToListAsync());
            Assert.Equal(time, told.Count);
            Assert.All(told, payload => Assert.DoesNotContain("hush", payload, StringComparison.Ordinal));
            Assert.True((bool)(await admin.ReadAsync(Sources("hush-school")))["stale"]!);
            await (await feed.ReportAsync("hush-school", "partial", [])).ShouldBeAsync(HttpStatusCode.OK); // nothing new: it is there
            Assert.False((bool)(await admin.ReadAsync(Sources("hush-school")))["stale"]!);
            Assert.Equal(0, await Watch(gateway).LookForStaleAsync());
        }
        Assert.Equal(before, await EndsAsync());

        Task<List<DateTimeOffset>> EndsAsync() => gateway.InDatabaseAsync(db => db.Accreditations.Select(a => a.NotAfter).ToListAsync());
    }

    [Fact]
    public void Settings_out_of_range_are_faults_and_without_any_there_are_three_warnings()
    {
        Assert.Equal([1, 7, 30], new AccreditationOptions().Warnings);
        Assert.Equal([2, 60], new AccreditationOptions { WarningDays = [60, 2, 60] }.Warnings);
        Assert.Equal(["LargestLoss"], Faults(new() { LargestLoss = 1.5 }));
        Assert.Equal(["WarningDays"], Faults(new() { WarningDays = [0] }));
        Assert.Equal(["WarningDays"], Faults(new() { WarningDays = [.. Enumerable.Range(1, 11)] }));

        static IEnumerable<string> Faults(AccreditationOptions options)
        {
            var faults = new List<ValidationResult>();
            Validator.TryValidateObject(options, new(options), faults, validateAllProperties: true);
            return faults.SelectMany(f => f.MemberNames);
        }
    }

    /// <summary>As if nothing had come from any source for three days.</summary>
    private static Task SilenceAsync(TestGateway gateway)
    {
        var then = Now.AddDays(-3);
        return gateway.InDatabaseAsync(db =>
            db.AccreditationSources.ExecuteUpdateAsync(set => set.SetProperty(s => s.RegisteredAt, then).SetProperty(s => s.CompleteAsOf, then))
        );
    }

    private static AccreditationWatch Watch(TestGateway gateway) => gateway.Services.GetServices<IHostedService>().OfType<AccreditationWatch>().Single();

    private static Task WarnAsync(TestGateway gateway) => Watch(gateway).WarnAsync();

    /// <summary>Days of each warning told, in the order of telling.</summary>
    private static async Task<List<string>> WarningsAsync(TestGateway gateway)
    {
        var payloads = await gateway.InDatabaseAsync(db =>
            db.Outbox.Where(m => m.Kind == "accreditation.ending").OrderBy(m => m.Id).Select(m => m.Payload).ToListAsync()
        );
        return payloads.ConvertAll(p => System.Text.Json.Nodes.JsonNode.Parse(p)!["days"]!.ToJsonString());
    }
}
