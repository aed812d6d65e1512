using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>What lies in Redis serves every replica, and never says more than the truth would.</summary>
public sealed class RedisReplicaTests(PostgresServer postgres)
{
    [Fact]
    public async Task What_one_replica_decided_another_answers_without_the_database()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        var entry = await world.PutAsync(world.First);
        using var counts = new Counts(world.Second);
        Assert.True(await Replicas.MayAsync(world.Second));
        Assert.Equal((1, 0, 0), (counts.Found("redis"), counts.Found("memory"), counts.Found("truth")));
        var answers = (await Replicas.AskAsync(world.First), await Replicas.AskAsync(world.Second));
        Assert.Equal(1, counts.Found("memory"));
        Assert.Equal(await WithoutIdAsync(answers.Item1), await WithoutIdAsync(answers.Item2));

        var life = (long)await world.Redis.DoAsync("PTTL", world.KeyOf("officer"));
        Assert.InRange(life, 1, 300_000);
        Assert.All(await world.Redis.KeysAsync(), key => Assert.Matches("^d:[0-9a-f]{64}$", key));
        foreach (var secret in (string[])["officer", "north", "notebook", "person-of-officer"])
        {
            Assert.Equal(-1, entry.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
            Assert.Equal(-1, entry.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)));
        }
        Assert.Equal(2L, await world.Replicas.SqlAsync("select count(*) from mac_key"));
        Assert.Equal(2L, await world.Replicas.SqlAsync("select count(*) from audit_event where kind = 'mac_key.added'"));

        static async Task<string> WithoutIdAsync(HttpResponseMessage answer)
        {
            var body = await answer.ShouldBeAsync(HttpStatusCode.OK);
            foreach (var name in (string[])["id", "evaluation_id", "decided_at", "evaluated_at"])
            {
                (body["context"] as System.Text.Json.Nodes.JsonObject)?.Remove(name);
            }
            return body.ToJsonString();
        }
    }

    [Fact]
    [Trait("Abuse", "8")]
    [Trait("Abuse", "10")]
    public async Task A_genuine_allow_from_before_a_revocation_is_worth_nothing_however_often_it_is_put_back()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        using var counts = new Counts(world.Second);
        var allow = await world.PutAsync(world.First);
        await (await Replicas.RevokeAsync(world.First)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal(allow, await world.Redis.ReadAsync(world.KeyOf("officer")));
        Assert.False(await Replicas.MayAsync(world.Second));
        Assert.Equal((0, 1), (counts.Found("redis"), counts.Rejected("revoked")));
        await world.Redis.WriteAsync(world.KeyOf("officer"), allow);
        Assert.False(await Replicas.MayAsync(world.Second));
        var third = await world.JoinAsync();
        using var thirds = new Counts(third);
        await world.Redis.WriteAsync(world.KeyOf("officer"), allow);
        Assert.False(await Replicas.MayAsync(third));
        Assert.Equal((0, 1), (thirds.Found("redis"), thirds.Rejected("revoked")));
    }

    [Fact]
    [Trait("Abuse", "6")]
    [Trait("Abuse", "7")]
    [Trait("Abuse", "9")]
    public async Task Whatever_an_enemy_puts_into_Redis_is_rejected_counted_and_written_over()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        using var counts = new Counts(world.Second);
        var genuine = await world.PutAsync(world.First);
        var allow = Entry.Open(RedisReplicas.QuestionAbout("officer"), world.NameOf("officer"), genuine, world.Keys.Entries, Entry.Build.Span).Ruling!;
        Assert.IsType<Decision.Allow>(allow.Decision);
        var strange = RandomNumberGenerator.GetBytes(MacKeys.Size);
        var build = RandomNumberGenerator.GetBytes(Entry.BuildSize);
        var old = allow with { NotAfter = allow.JudgedAt.AddTicks(1) };
        (string Cause, Func<string, byte[]> Of)[] attacks =
        [
            ("key", _ => genuine),
            ("mac", ghost => [.. genuine[..17], .. world.NameOf(ghost), .. genuine[49..]]),
            ("mac", ghost => SealedFor(ghost, allow, strange)),
            ("mac", ghost => Flipped(SealedFor(ghost, allow with { Decision = new Decision.Deny(new(1), DateTimeOffset.MaxValue) }), 49)),
            ("mac", ghost => Flipped(SealedFor(ghost, old), 200)),
            ("version", ghost => SealedFor(ghost, allow, build: build)),
            ("version", ghost => Flipped(SealedFor(ghost, allow), 0)),
            ("expired", ghost => SealedFor(ghost, old)),
            ("expired", ghost => SealedFor(ghost, allow with { JudgedAt = allow.JudgedAt.AddDays(1), NotAfter = allow.JudgedAt.AddDays(2) })),
            ("revoked", ghost => SealedFor(ghost, allow with { Truth = allow.Truth with { Timeline = "0000000F" } })),
            ("revoked", ghost => SealedFor(ghost, allow with { Truth = allow.Truth with { Revision = 0 } })),
            ("malformed", ghost => SealedFor(ghost, allow)[..80]),
            ("malformed", _ => [1]),
            ("malformed", _ => RandomNumberGenerator.GetBytes(10_000_000)),
            ("malformed", _ => []), // a list
        ];
        foreach (var (attack, i) in attacks.Select((a, i) => (a, i)))
        {
            var ghost = string.Create(CultureInfo.InvariantCulture, $"ghost-{i}");
            var (key, value, before) = (world.KeyOf(ghost), attack.Of(ghost), counts.Rejected(attack.Cause));
            long unread;
            do // nothing was read where the read was given up, and that is counted, too
            {
                unread = Unread();
                await world.Redis.DoAsync("DEL", key);
                await (value.Length > 0 ? world.Redis.WriteAsync(key, value) : world.Redis.DoAsync("RPUSH", key, "x"));
                await RedisReplicas.UntilReadyAsync(world.Second);
                var answer = await (await Replicas.AskAsync(world.Second, person: ghost)).ShouldBeAsync(HttpStatusCode.OK);
                Assert.False((bool)answer["decision"]!, $"attack {i}");
            } while (Unread() > unread && counts.Rejected(attack.Cause) == before);
            Assert.True(counts.Rejected(attack.Cause) == before + 1, $"attack {i} was not counted as {attack.Cause}");
            await Replicas.UntilAsync(async () => await world.Redis.ReadAsync(key) is { } written && !written.SequenceEqual(value));
        }
        Assert.Equal(0, counts.Found("redis"));

        long Unread() => counts.Of("entitlements.redis.overruns") + counts.Of("entitlements.redis.failures");

        byte[] SealedFor(string ghost, Ruling ruling, byte[]? key = null, byte[]? build = null) =>
            Entry.Seal(RedisReplicas.QuestionAbout(ghost), world.NameOf(ghost), ruling, key ?? world.Keys.Entries[0], build ?? Entry.Build.Span)!;

        static byte[] Flipped(byte[] entry, int at)
        {
            entry[Math.Min(at, entry.Length - 40)] ^= 3;
            return entry;
        }
    }
}
