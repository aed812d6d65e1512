using System.Net;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Issuance;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>Nothing stays open because nobody looked: rules end, and those it concerns hear of it before.</summary>
public sealed class LapseTests(PostgresServer postgres)
{
    private const string Rule = "/v1/apps/notebook/rules/north";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rule_ends_a_year_from_now_unless_it_says_when_and_ending_later_is_a_change(string database)
    {
        await using var gateway = await postgres.StartGatewayAsync(database);
        await gateway.AddRoleAsync("north", "officer");
        await gateway.AddPersonAsync("north", "constable", "officer");
        await gateway.AddCrowdAsync("north");
        await gateway.OpenAppAsync("notebook", "officer");
        using var owner = gateway.As("north-app-owner");
        var now = TimeProvider.System.GetUtcNow();
        var end = await EndAsync();
        Assert.InRange(end, now.AddDays(364), now.AddDays(366));

        Assert.Equal("end_date_past", await (await PutAsync("\"1\"", now.AddMinutes(-1))).CodeAsync(HttpStatusCode.BadRequest));
        Assert.Equal("end_date_too_far", await (await PutAsync("\"1\"", now.AddDays(800))).CodeAsync(HttpStatusCode.BadRequest));
        await (await PutAsync("\"1\"", null)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(end, await EndAsync()); // not said: what stands
        await (await PutAsync("\"2\"", now.AddDays(10))).ShouldBeAsync(HttpStatusCode.OK); // earlier, at once
        Assert.Equal(now.AddDays(10).UtcDateTime.Date, (await EndAsync()).UtcDateTime.Date);
        var later = await (await PutAsync("\"3\"", now.AddDays(300))).ChangeAsync();
        Assert.Equal(now.AddDays(10).UtcDateTime.Date, (await EndAsync()).UtcDateTime.Date);
        await (await gateway.VoteAsync(later, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(now.AddDays(300).UtcDateTime.Date, (await EndAsync()).UtcDateTime.Date);

        async Task<DateTimeOffset> EndAsync() => (DateTimeOffset)(await owner.ReadAsync(Rule))["in_force_until"]!;
        Task<HttpResponseMessage> PutAsync(string seen, DateTimeOffset? until) =>
            owner.PutAsync(
                Rule,
                new
                {
                    roles = new[] { "officer" },
                    device = "none",
                    in_force_until = until,
                },
                seen
            );
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_rule_that_has_ended_opens_nothing_and_ends_what_was_issued(string database)
    {
        await using var world = await IssuingWorld.StartAsync(postgres, database);
        var unspent = await world.TokenAsync();
        var past = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        await world.ReviseAsync(db => db.Rules.ExecuteUpdateAsync(set => set.SetProperty(r => r.InForceUntil, past)));
        var refused = await (await world.AskAsync()).ShouldBeAsync(HttpStatusCode.Forbidden);
        Assert.Equal("rule_lapsed", (string)refused["context"]!["reasons"]![0]!["code"]!);
        await (await world.RedeemAsync(unspent)).ShouldBeAsync(HttpStatusCode.Gone);
        using var owner = world.Gateway.As("north-app-owner");
        const string rule = "/v1/apps/recorder/rules/north";
        var change = await (await owner.PutAsync(rule, new { roles = new[] { "negotiator" } }, "\"1\"")).ChangeAsync(); // open again: a year from now
        using var voter = world.Gateway.As("north-approver-1");
        var audience = (await voter.ReadAsync($"/v1/changes/{change}"))["audience"]!;
        Assert.Equal((0, 1), ((int)audience["before"]!, (int)audience["after"]!));
        await (await owner.PutAsync(rule, new { roles = Array.Empty<string>(), in_force_until = past }, "\"1\"")).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Owner_and_keepers_hear_of_an_end_once_for_each_warning_and_holders_in_the_last_week(string database)
    {
        await using var world = await IssuingWorld.StartAsync(services => services.RemoveWorkers(typeof(DeliveryWorker)), postgres, database); // what people are told stays to be counted
        await world.SessionAsync(); // officer has it
        await world.Gateway.AddPersonAsync("north", "keeper");
        var now = TimeProvider.System.GetUtcNow();
        await world.ReviseAsync(async db => (await db.Assessments.SingleAsync()).Record = """{"owner":"keeper","regime":"uk-gdpr"}""");
        string[] keepers = ["keeper", "north-app-owner", "north-dpo"];

        Assert.Empty(await WarnedAsync(40));
        Assert.Equal(keepers, await WarnedAsync(29));
        Assert.Empty(await WarnedAsync(29));
        Assert.Equal([.. keepers, "officer"], await WarnedAsync(6));
        Assert.Equal([.. keepers, "officer"], await WarnedAsync(-1)); // of the last day before nobody heard: the nearest alone
        Assert.Empty(await WarnedAsync(-1));

        await world.ReviseAsync(db =>
            db.Assessments.ExecuteUpdateAsync(set => set.SetProperty(a => a.InForceUntil, now.AddYears(1)).SetProperty(a => a.WarnedDays, (int?)null))
        );
        await world.ReviseAsync(db => db.Rules.ExecuteUpdateAsync(set => set.SetProperty(r => r.InForceUntil, now.AddDays(3))));
        Assert.Equal(["north-app-owner", "north-dpo", "officer"], await HeardAsync());
        using var owner = world.Gateway.As("north-app-owner");
        await (await owner.PostAsync("/v1/apps/recorder/withdraw", new { reason = "over" })).ShouldBeAsync(HttpStatusCode.OK);
        await world.ReviseAsync(db => db.Rules.ExecuteUpdateAsync(set => set.SetProperty(r => r.WarnedDays, (int?)null)));
        Assert.Empty(await HeardAsync()); // of what nobody has any more nobody need hear

        async Task<List<string>> WarnedAsync(int days)
        {
            await world.ReviseAsync(db => db.Assessments.ExecuteUpdateAsync(set => set.SetProperty(a => a.InForceUntil, now.AddDays(days))));
            return await HeardAsync();
        }
        async Task<List<string>> HeardAsync()
        {
            var watch = world.Gateway.Services.GetServices<IHostedService>().OfType<LapseWatch>().Single();
            foreach (var days in new[] { 0, 1, 7, 30 })
            {
                await watch.WarnOfAssessmentsAsync(days);
                await watch.WarnOfRulesAsync(days);
            }
            return await world.Gateway.InDatabaseAsync(async db =>
            {
                var heard = await db.PersonMessages.Select(m => db.Subjects.Single(s => s.Key == m.SubjectKey).Id).OrderBy(id => id).ToListAsync();
                await db.PersonMessages.ExecuteDeleteAsync();
                return heard;
            });
        }
    }
}
