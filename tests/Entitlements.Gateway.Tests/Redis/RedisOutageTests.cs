using System.Globalization;
using System.Net;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>Whatever becomes of Redis, every answer is the right one and none is an error.</summary>
public sealed class RedisOutageTests(PostgresServer postgres)
{
    private int _asked;

    [Fact]
    [Trait("Abuse", "10")]
    public async Task Emptied_frozen_killed_full_read_only_or_forbidden_it_costs_time_and_nothing_else()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        using var counts = new Counts(world.Second);
        await AllIsRightAsync(world);

        await world.Redis.DoAsync("FLUSHALL");
        await AllIsRightAsync(world);

        await world.Redis.FreezeAsync();
        await AllIsRightAsync(world);
        await Replicas.UntilAsync(async () =>
        {
            await AskNewAsync(world.Second);
            return counts.Gauge("entitlements.redis.breaker") == 1 && counts.Of("entitlements.redis.overruns") > 0;
        });
        var health = await DetailsAsync(world.Second);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Contains("degraded", await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await world.Second.Anonymous().GetAsync("/health/ready")).StatusCode);
        await world.Redis.ThawAsync();
        await UntilItServesAsync(world, counts);

        await world.Redis.KillAsync();
        await AllIsRightAsync(world);
        await world.Redis.StartAgainAsync();
        await UntilItServesAsync(world, counts);

        await world.Redis.DoAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        await world.Redis.DoAsync("CONFIG", "SET", "maxmemory", "1mb");
        await AllIsRightAsync(world);
        await UntilCountsAsync(world, counts, "entitlements.redis.writes failed");
        await world.Redis.DoAsync("CONFIG", "SET", "maxmemory", "0");
        await UntilItServesAsync(world, counts);

        var refused = counts.Of("entitlements.redis.writes failed");
        await world.Redis.DoAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        await AllIsRightAsync(world);
        await UntilCountsAsync(world, counts, "entitlements.redis.writes failed", refused);
        await world.Redis.DoAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await world.Redis.DoAsync("REPLICAOF", "127.0.0.1", "1"); // read-only, and its primary is away
        await AllIsRightAsync(world);
        await world.Redis.DoAsync("REPLICAOF", "NO", "ONE");
        await UntilItServesAsync(world, counts);

        var failed = counts.Of("entitlements.redis.failures");
        await world.Redis.DoAsync("ACL", "SETUSER", "default", "-get", "-set");
        await AllIsRightAsync(world);
        await UntilCountsAsync(world, counts, "entitlements.redis.failures", failed);
        await world.Redis.DoAsync("ACL", "SETUSER", "default", "+get", "+set");
        await UntilItServesAsync(world, counts);
        Assert.All(await world.Redis.KeysAsync(), key => Assert.StartsWith("d:", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Absent_or_with_another_password_it_neither_stops_the_start_nor_an_answer()
    {
        await using var redis = await RedisServer.StartAsync("--requirepass", "right");
        string[] settings =
        [
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}"),
            redis.Address,
            $"{redis.Address},password=wrong",
            "no-such-host.invalid:6379",
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()},serviceName=main"),
            "",
        ];
        await using var replicas = await Replicas.StartAsync(postgres, ("ConnectionStrings:Redis", settings[0]));
        foreach (var setting in settings[1..])
        {
            var replica = replicas.Join(("ConnectionStrings:Redis", setting));
            Assert.True(await Replicas.MayAsync(replica));
            await (await Replicas.RevokeAsync(replica)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.False(await Replicas.MayAsync(replica));
            Assert.False(await Replicas.MayAsync(replicas.First));
            await Replicas.GrantAsync(replica);
            Assert.Contains(
                setting.Length == 0 ? "Not used." : "degraded",
                await (await DetailsAsync(replica)).Content.ReadAsStringAsync(),
                StringComparison.Ordinal
            );
        }
    }

    private async Task AllIsRightAsync(RedisReplicas world)
    {
        foreach (var by in world.Replicas.All)
        {
            Assert.True(await Replicas.MayAsync(world.First));
            Assert.True(await Replicas.MayAsync(world.Second));
            await AskNewAsync(world.First);
            await AskNewAsync(world.Second);
            await (await Replicas.RevokeAsync(by)).ShouldBeAsync(HttpStatusCode.OK);
            Assert.False(await Replicas.MayAsync(world.First));
            Assert.False(await Replicas.MayAsync(world.Second));
            await Replicas.GrantAsync(by);
        }
    }

    /// <summary>About somebody never asked about before: no memory has it.</summary>
    private async Task<string> AskNewAsync(TestGateway replica)
    {
        var person = string.Create(CultureInfo.InvariantCulture, $"nobody-{++_asked}");
        var answer = await (await Replicas.AskAsync(replica, person: person)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((bool)answer["decision"]!);
        return person;
    }

    private Task UntilCountsAsync(RedisReplicas world, Counts counts, string name, long before = 0) =>
        Replicas.UntilAsync(async () =>
        {
            await AskNewAsync(world.Second);
            return counts.Of(name) > before;
        });

    /// <summary>Until what the first decided comes to the second from Redis again.</summary>
    private Task UntilItServesAsync(RedisReplicas world, Counts counts)
    {
        var before = counts.Found("redis");
        return Replicas.UntilAsync(async () =>
        {
            await Replicas.AskAsync(world.Second, person: await AskNewAsync(world.First));
            return counts.Found("redis") > before;
        });
    }

    private static async Task<HttpResponseMessage> DetailsAsync(TestGateway replica)
    {
        using var http = new HttpClient();
        return await http.GetAsync(new Uri(new Uri(replica.Services.GetRequiredService<IConfiguration>()["Metrics:Url"]!), "/health/ready"));
    }
}
