using System.Net;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>The key that seals entries changes under running replicas: it costs misses at most.</summary>
public sealed class MacRotationTests(PostgresServer postgres)
{
    [Fact]
    public async Task After_a_rotation_old_entries_open_until_their_time_is_over_and_then_open_no_more()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var world = await RedisReplicas.StartAsync(
            services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)),
            await RedisServer.StartAsync(),
            postgres
        );
        using var counts = new Counts(world.Second);
        var (entry, before) = (await world.PutAsync(world.First), world.Keys);
        clock.Advance(TimeSpan.FromSeconds(1)); // no two keys are of one instant
        await RotateAsync(world);
        await Loader(world.First).LoadAsync();
        Assert.Equal([.. world.Keys.Entries.Select(Convert.ToHexString)], [Convert.ToHexString(world.Keys.Entries[0]), Convert.ToHexString(before.Entries[0])]);
        Assert.Equal(before.Names, world.Keys.Names);

        // the first seals with a key that the second has not seen yet: a miss, and the right answer
        var fresh = await world.PutAsync(world.First, "north-approver-1");
        Assert.NotNull(Opened(world, "north-approver-1", fresh, world.Keys.Entries[0]));
        Assert.Null(Opened(world, "north-approver-1", fresh, before.Entries[0]));
        await (await Replicas.AskAsync(world.Second, person: "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal((0, 1), (counts.Found("redis"), counts.Rejected("mac")));

        clock.Advance(KeySchedule.Look);
        await Replicas.UntilAsync(() => Task.FromResult(KeysOf(world.Second).Entries.Length == 2));
        Assert.True(await Replicas.MayAsync(world.Second)); // what the old key sealed opens
        Assert.Equal((1, 1), (counts.Found("redis"), counts.Rejected("mac")));

        clock.Advance(MacKeyLoader.Overlap - KeySchedule.Look);
        await Task.WhenAll(Loader(world.First).LoadAsync(), Loader(world.Second).LoadAsync());
        Assert.Equal(1L, await world.Replicas.SqlAsync("select count(*) from audit_event where kind = 'mac_key.deleted'"));
        Assert.Equal(2L, await world.Replicas.SqlAsync("select count(*) from mac_key"));
        Assert.All(world.Replicas.All, replica => Assert.Single(KeysOf(replica).Entries));

        var allow = Opened(world, "officer", entry, before.Entries[0])!;
        Assert.IsType<Decision.Allow>(allow.Decision);
        var (question, now) = (RedisReplicas.QuestionAbout("north-dpo"), clock.GetUtcNow());
        var forged = allow with { JudgedAt = now, NotAfter = now.AddMinutes(4) };
        await world.Redis.WriteAsync(world.KeyOf("north-dpo"), Entry.Seal(question, world.NameOf("north-dpo"), forged, before.Entries[0], Entry.Build.Span)!);
        var answer = await (await Replicas.AskAsync(world.Second, person: "north-dpo")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.False((bool)answer["decision"]!);
        Assert.Equal((1, 2), (counts.Found("redis"), counts.Rejected("mac")));
    }

    [Fact]
    public async Task A_key_that_seals_for_ninety_days_gets_one_successor_however_many_replicas_look()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        await world.Replicas.SqlAsync("update mac_key set created_at = created_at - interval '90 days'");
        await Task.WhenAll(Loader(world.First).LoadAsync(), Loader(world.Second).LoadAsync());
        await Loader(world.First).LoadAsync();
        Assert.Equal(3L, await world.Replicas.SqlAsync("select count(*) from mac_key"));
        Assert.Equal(KeysOf(world.First).Entries, KeysOf(world.Second).Entries);
        Assert.Equal(2, KeysOf(world.First).Entries.Length);
    }

    private static async Task RotateAsync(RedisReplicas world)
    {
        await using var scope = world.First.Services.CreateAsyncScope();
        var writes = scope.ServiceProvider.GetRequiredService<Writes>();
        Assert.NotNull(await writes.RecordAsync(write => Loader(world.First).RotateAsync(write, write.Now, new("operator", "test"))));
    }

    private static MacKeyLoader Loader(TestGateway gateway) => gateway.Services.GetRequiredService<MacKeyLoader>();

    private static MacKeys KeysOf(TestGateway gateway) => gateway.Services.GetRequiredService<MacKeyRing>().Keys!;

    private static Ruling? Opened(RedisReplicas world, string person, byte[] sealedEntry, byte[] key) =>
        Entry.Open(RedisReplicas.QuestionAbout(person), world.NameOf(person), sealedEntry, [key], Entry.Build.Span).Ruling;
}
