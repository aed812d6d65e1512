using System.Net;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary><c>entitlements recover</c> as an operator runs it, beside replicas that serve the same database.</summary>
public sealed class RecoverTests(PostgresServer postgres)
{
    [Fact]
    [Trait("Abuse", "47")]
    public async Task An_operator_sees_what_recovery_voids_does_it_and_two_administrators_end_it()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var store = replicas.First.AsClient("store", Scopes.Issue);
        var question = new
        {
            subject = new { type = "user", id = "officer" },
            action = new { name = "download" },
            resource = new { type = "app", id = "notebook" },
        };
        var issued = await (await store.PostAsync("/v1/entitlements", question)).ShouldBeAsync(HttpStatusCode.Created);
        var revision = (long)(await replicas.SqlAsync("select rev from authz_rev"))!;

        Assert.Equal(78, (await RecoverAsync(replicas)).Code); // nobody said why
        var (code, said) = await RecoverAsync(replicas, "--reason", "restored a backup");
        Assert.Equal(0, code);
        Assert.Contains("void 1 unredeemed entitlements", said, StringComparison.Ordinal);
        Assert.Contains("Nothing was done", said, StringComparison.Ordinal);
        Assert.Equal(revision, await replicas.SqlAsync("select rev from authz_rev"));
        Assert.True(await Replicas.MayAsync(replicas.Second));

        await replicas.SqlAsync("update authz_rev set rev = rev - 1");
        await Replicas.UntilAnswersAsync(replicas.First, HttpStatusCode.ServiceUnavailable);
        (code, said) = await RecoverAsync(replicas, "--reason", "restored a backup", "--confirm", "true");
        Assert.True(code == 0, said);
        Assert.Equal(revision - 1 + 1_000_000, await replicas.SqlAsync("select rev from authz_rev"));
        Assert.Contains(
            "restored a backup",
            (string)(await replicas.SqlAsync("select details from audit_event where kind = 'installation.recovered'"))!,
            StringComparison.Ordinal
        );
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.ServiceUnavailable);
        }
        await replicas.EndSafeModeAsync();
        foreach (var replica in replicas.All)
        {
            await Replicas.UntilAnswersAsync(replica, HttpStatusCode.OK);
        }
        foreach (var replica in replicas.All)
        {
            await replica.Services.GetRequiredService<SigningKeyLoader>().LoadAsync();
            var answer = await replica.Anonymous().PostAsync("/v1/downloads", new { token = (string)issued["token"]! });
            await answer.ShouldBeAsync(HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task Running_gateways_drop_every_key_that_a_recovery_deleted()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        await world.PutAsync(world.First);
        var (signing, mac) = (Kids(world.First), world.Keys);
        var (code, said) = await RecoverAsync(world.Replicas, "--reason", "restored a backup", "--confirm", "true");
        Assert.True(code == 0, said);
        Assert.Equal(0L, await world.Replicas.SqlAsync("select count(*) from mac_key"));
        Assert.Equal(0L, await world.Replicas.SqlAsync("select count(*) from signing_key"));

        await Task.WhenAll(world.Replicas.All.Select(LookAsync));
        Assert.Equal(2L, await world.Replicas.SqlAsync("select count(*) from mac_key"));
        Assert.Equal(1L, await world.Replicas.SqlAsync("select count(*) from signing_key"));
        Assert.NotEqual(signing, Kids(world.First));
        Assert.Equal(Kids(world.First), Kids(world.Second));
        foreach (var keys in world.Replicas.All.Select(replica => replica.Services.GetRequiredService<MacKeyRing>().Keys!))
        {
            Assert.NotEqual(mac.Names, keys.Names);
            Assert.Equal(world.Keys.Entries, keys.Entries);
            Assert.DoesNotContain(keys.Entries, key => mac.Entries.Any(old => old.AsSpan().SequenceEqual(key)));
        }

        static string[] Kids(TestGateway gateway) => [.. gateway.Services.GetRequiredService<SigningKeyRing>().All.Select(key => key.KeyId)];

        static async Task LookAsync(TestGateway gateway)
        {
            await gateway.Services.GetRequiredService<SigningKeyLoader>().LoadAsync();
            await gateway.Services.GetRequiredService<MacKeyLoader>().LoadAsync();
        }
    }

    private static Task<(int Code, string Said)> RecoverAsync(Replicas replicas, params string[] more) =>
        GatewayCommand.OnPostgresAsync(replicas.Database, ["recover", .. more]);
}
