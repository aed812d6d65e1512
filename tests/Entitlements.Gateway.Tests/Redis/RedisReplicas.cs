using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>Two replicas on one PostgreSQL and one Redis, both connected. A read may take its time: what is slow on a busy machine is not what is tested.</summary>
internal sealed class RedisReplicas : IAsyncDisposable
{
    public required RedisServer Redis { get; init; }
    public required Replicas Replicas { get; init; }
    public TestGateway First => Replicas.First;
    public TestGateway Second => Replicas.Second;

    public static async Task<RedisReplicas> StartAsync(PostgresServer postgres, params string[] redis) =>
        await StartAsync(services: null, await RedisServer.StartAsync(redis), postgres);

    public static async Task<RedisReplicas> StartAsync(
        Action<IServiceCollection>? services,
        RedisServer server,
        PostgresServer postgres,
        params (string, string)[] settings
    )
    {
        var replicas = await Replicas.StartAsync(services, postgres, [.. Settings(server.Address), .. settings]);
        foreach (var replica in replicas.All)
        {
            await UntilReadyAsync(replica);
        }
        return new() { Redis = server, Replicas = replicas };
    }

    public static (string, string)[] Settings(string redis) => [("ConnectionStrings:Redis", redis), ("Cache:RedisBudget", "00:00:01")];

    public static Task UntilReadyAsync(TestGateway replica) => Replicas.UntilAsync(() => Task.FromResult(IsReady(replica)));

    public static bool IsReady(TestGateway replica) =>
        replica.Services.GetRequiredService<RedisLink>().IsUp && replica.Services.GetRequiredService<MacKeyRing>().Keys is not null;

    /// <summary>One more that has never been asked anything.</summary>
    public async Task<TestGateway> JoinAsync(string? redis = null)
    {
        var cold = Replicas.Join(Settings(redis ?? Redis.Address));
        await UntilReadyAsync(cold);
        return cold;
    }

    /// <summary>Asks <paramref name="replica"/> and waits until the answer's entry is in Redis and nobody's clock is behind it.</summary>
    public async Task<byte[]> PutAsync(TestGateway replica, string person = "officer")
    {
        await Replicas.AskAsync(replica, person: person);
        var key = KeyOf(person);
        byte[]? entry = null;
        await Replicas.UntilAsync(async () => (entry = await Redis.ReadAsync(key)) is not null);
        var after = replica.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        await Replicas.UntilAsync(() => Task.FromResult(Replicas.All.All(r => r.Services.GetRequiredService<TimeProvider>().GetUtcNow() >= after)));
        return entry!;
    }

    public MacKeys Keys => First.Services.GetRequiredService<MacKeyRing>().Keys!;

    public byte[] NameOf(string person) => Entry.NameOf(QuestionAbout(person), Keys.Names);

    public string KeyOf(string person) => $"d:{Convert.ToHexStringLower(NameOf(person))}";

    /// <summary>The question that <see cref="Replicas.AskAsync"/> asks.</summary>
    public static string QuestionAbout(string person) =>
        RulingKey
            .Of(
                new(
                    "north",
                    new("user", person, Properties.None),
                    new(Engine.Decisions.Action.Download, Properties.None),
                    new(Resource.App, "notebook", Properties.None),
                    Context.None
                )
            )
            .ToString()!;

    public async ValueTask DisposeAsync()
    {
        await Replicas.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
