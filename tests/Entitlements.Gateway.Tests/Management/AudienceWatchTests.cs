using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>A role that swells underneath an unchanged rule raises an alarm, once for each such step.</summary>
public sealed class AudienceWatchTests(PostgresServer postgres)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task An_audience_that_grows_past_the_ratio_is_told_once_and_again_when_it_has_grown_as_much_once_more(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(services => services.RemoveWorkers(typeof(DeliveryWorker)), database); // what people are told stays to be counted
        await gateway.AddRoleAsync("north", "officer");
        await AddOfficersAsync(10);
        await gateway.OpenAppAsync("notebook", "officer");
        Assert.Equal(0, await LookAsync());

        await AddOfficersAsync(5); // 15 of 10: not more than the ratio
        Assert.Equal(0, await LookAsync());
        await AddOfficersAsync(1);
        Assert.Equal(1, await LookAsync());
        Assert.Equal(1, await LookAsync());
        Assert.Equal(["10 16"], await ToldAsync());
        await AddOfficersAsync(8); // 24 of 16
        Assert.Equal(1, await LookAsync());
        Assert.Equal(["10 16"], await ToldAsync());
        await AddOfficersAsync(1);
        Assert.Equal(1, await LookAsync());
        Assert.Equal(["10 16", "10 25"], await ToldAsync());

        var heard = await gateway.InDatabaseAsync(db =>
            db.PersonMessages.Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id).Distinct().OrderBy(id => id).ToListAsync()
        );
        Assert.Equal(["north-app-owner", "north-dpo"], heard);
        Assert.All(
            await gateway.InDatabaseAsync(db => db.Outbox.Where(m => m.Kind == "audience.grown").Select(m => m.Payload).ToListAsync()),
            payload => Assert.DoesNotContain("notebook", payload, StringComparison.Ordinal)
        );

        using var owner = gateway.As("north-app-owner");
        const string rule = "/v1/apps/notebook/rules/north";
        await gateway.AddRoleAsync("north", "spare");
        var again = await owner.PutAsync(rule, new { roles = new[] { "officer", "spare" }, device = "none" }, await owner.ETagAsync(rule));
        await gateway.PublishAsync(again, "north-approver-1", "north-dpo");
        Assert.Equal(0, await LookAsync()); // as many are approved now

        Task<int> LookAsync() => gateway.Services.GetServices<IHostedService>().OfType<AudienceWatch>().Single().LookAsync();
        Task<List<string>> ToldAsync() =>
            gateway.InDatabaseAsync(async db =>
            {
                var told = await db.Outbox.Where(m => m.Kind == "audience.grown").OrderBy(m => m.Id).Select(m => m.Payload).ToListAsync();
                return told.ConvertAll(p => System.Text.Json.Nodes.JsonNode.Parse(p)!).ConvertAll(p => $"{p["approved"]} {p["reached"]}");
            });
        async Task AddOfficersAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await gateway.AddPersonAsync("north", $"officer-{Guid.NewGuid():N}", "officer");
            }
        }
    }

    [Fact]
    public async Task Two_replicas_that_look_at_once_tell_it_once()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        await replicas.First.AddRoleAsync("north", "many");
        await replicas.First.InDatabaseAsync(db => db.Rules.ExecuteUpdateAsync(set => set.SetProperty(r => r.ApprovedAudience, 0)));
        var role = await replicas.First.InDatabaseAsync(async db => (await db.Rules.FirstAsync(r => r.Type == "app")).Roles[0]);
        for (var i = 0; i < 8; i++)
        {
            await replicas.First.AddPersonAsync("north", $"extra-{i}", role);
        }
        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => replicas.All[i % 2].Services.GetServices<IHostedService>().OfType<AudienceWatch>().Single().LookAsync())
        );
        Assert.Equal(1, await replicas.First.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "audience.grown")));
    }
}
