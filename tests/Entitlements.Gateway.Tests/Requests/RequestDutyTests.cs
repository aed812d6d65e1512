using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Who asks urgently sees whom it is with.</summary>
[Collection(nameof(RequestGateways))]
public sealed class RequestDutyTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_answer_and_the_request_say_who_is_on_duty_now(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        var answer = await (await scene.AskAsync(asker)).ShouldBeAsync(HttpStatusCode.Created);
        foreach (var told in new[] { answer, (await world.ReadAsync(asker, (string)answer["request"]!))["stage"]! })
        {
            var duty = Assert.Single(told["on_duty"]!.AsArray())!;
            Assert.Equal((scene.Rota, 1, false), ((string)duty["rota"]!, (int)duty["count"]!, (bool)told["escalated"]!));
            Assert.Equal(scene.OnDuty, (string)Assert.Single(duty["people"]!.AsArray())!["subject"]!);
        }
        await world.Gateway.InDatabaseAsync(db => db.RotaShifts.Where(s => s.Rota == scene.Rota).ExecuteUpdateAsync(s => s.SetProperty(r => r.Ended, true)));
        var later = (await world.ReadAsync(asker, (string)answer["request"]!))["stage"]!;
        Assert.Equal(0, (int)later["on_duty"]![0]!["count"]!); // now, not when it was asked
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Where_nobody_is_on_duty_it_says_that_others_are_asked(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        await world.Gateway.InDatabaseAsync(db => db.RotaShifts.Where(s => s.Rota == scene.Rota).ExecuteUpdateAsync(s => s.SetProperty(r => r.Ended, true)));
        var answer = await (await scene.AskAsync(asker)).ShouldBeAsync(HttpStatusCode.Created);
        foreach (var told in new[] { answer, (await world.ReadAsync(asker, (string)answer["request"]!))["stage"]! })
        {
            Assert.Equal((0, true), ((int)told["on_duty"]![0]!["count"]!, (bool)told["escalated"]!));
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Where_the_rotas_role_is_sensitive_only_how_many(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        await world.Gateway.InDatabaseAsync(db => db.Roles.Where(r => r.Id == scene.Pool).ExecuteUpdateAsync(s => s.SetProperty(r => r.Sensitive, true)));
        var answer = await (await scene.AskAsync(asker)).ShouldBeAsync(HttpStatusCode.Created);
        var id = (string)answer["request"]!;
        foreach (var told in new[] { answer, (await world.ReadAsync(asker, id))["stage"]! })
        {
            Assert.Equal((1, true), ((int)told["on_duty"]![0]!["count"]!, told["on_duty"]![0]!["people"] is null));
            Assert.DoesNotContain(scene.OnDuty, told.ToJsonString(), StringComparison.Ordinal);
        }
        Assert.NotNull((await world.ReadAsync(scene.OnDuty, id))["stage"]!["on_duty"]![0]!["people"]); // they know each other
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_asks_no_rota_says_nothing_of_duty(string database)
    {
        var world = await gateways.OnAsync(database);
        var (role, officer) = (await world.RoleAsync(), await world.PersonAsync());
        var answer = await (await world.AskAsync(officer, new { role, reason = "r" })).ShouldBeAsync(HttpStatusCode.Created);
        Assert.Equal((0, false), (((JsonArray)answer["on_duty"]!).Count, (bool)answer["escalated"]!));
    }
}
