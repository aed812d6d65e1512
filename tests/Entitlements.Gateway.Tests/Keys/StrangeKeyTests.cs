using System.Net;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Abuse;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary>Who can write to the tables of keys, and has not what wraps them, has made no key.</summary>
public sealed class StrangeKeyTests(PostgresServer postgres)
{
    private static readonly IDataProtectionProvider Stranger = new EphemeralDataProtectionProvider();

    [Fact]
    [Trait("Abuse", "25")]
    public async Task A_signing_key_put_in_by_hand_is_refused_loudly_by_gateways_that_run_and_by_those_that_start()
    {
        await using var world = await KeyWorld.StartAsync(postgres, EachDatabase.Postgres);
        var (genuine, own, bare) = (await world.TokenAsync(world.First), SigningKey.Create(), SigningKey.Create());
        var before = await KeyWorld.KidsAsync(world.First);
        var wrap = Stranger.CreateProtector("Entitlements.Issuance.SigningKey.v1");
        await world.First.InDatabaseAsync(async db =>
        {
            db.SigningKeys.AddRange(Row(own, wrap.Protect(own.ExportPkcs8())), Row(bare, bare.ExportPkcs8()));
            await db.SaveChangesAsync();
        });

        await world.LookAsync();
        await world.LookAsync();
        foreach (var gateway in world.All)
        {
            Assert.Equal(before, await KeyWorld.KidsAsync(gateway));
            foreach (var key in (SigningKey[])[own, bare])
            {
                Assert.Equal(2, world.Log.CountOf(key.KeyId)); // by each of two replicas once
                var forged = new Forge(genuine, key).Signed(header: h => h["kid"] = key.KeyId);
                await KeyWorld.RedeemAsync(gateway, forged, HttpStatusCode.Unauthorized);
            }
        }
        await Assert.ThrowsAsync<SettingsException>(world.RotateAsync);
        Assert.Equal(3, await world.RowsAsync());

        var (code, said) = await GatewayCommand.OnPostgresAsync(world.First.Postgres!, "--Demo:Enabled", "false"); // a gateway that starts
        Assert.Equal(78, code);
        Assert.Contains("Keys:Protection: the signing key", said, StringComparison.Ordinal);

        await world.First.InDatabaseAsync(db => db.SigningKeys.Where(row => row.Kid == before[0]).ExecuteDeleteAsync());
        await world.LookAsync();
        Assert.Equal(2, await world.RowsAsync()); // nobody makes a new one beside what is not ours
        foreach (var gateway in world.All)
        {
            Assert.Empty(await KeyWorld.KidsAsync(gateway));
            await KeyWorld.RedeemAsync(gateway, genuine, HttpStatusCode.Unauthorized);
            await (await world.World.AskAsync(by: gateway.AsClient("store", Scopes.Issue))).ShouldBeAsync(HttpStatusCode.ServiceUnavailable);
        }

        SigningKeyRow Row(SigningKey key, byte[] wrapped) =>
            new()
            {
                Kid = key.KeyId,
                PublicKey = key.ExportPublic(),
                WrappedPrivateKey = wrapped,
                CreatedAt = world.Clock.GetUtcNow().ToUniversalTime().AddMinutes(1),
                SignsFrom = DateTimeOffset.UnixEpoch,
            };
    }

    [Fact]
    [Trait("Abuse", "6")]
    public async Task A_MAC_key_put_in_by_hand_seals_and_opens_nothing()
    {
        await using var world = await RedisReplicas.StartAsync(postgres);
        var before = world.Keys;
        var wrap = Stranger.CreateProtector("Entitlements.Access.MacKey.v1");
        await world.First.InDatabaseAsync(async db =>
        {
            foreach (var wrapped in (byte[][])[wrap.Protect(new byte[MacKeys.Size]), new byte[MacKeys.Size]])
            {
                db.MacKeys.Add(
                    new()
                    {
                        Id = Guid.NewGuid(),
                        Use = MacKeyUse.Entries,
                        WrappedKey = wrapped,
                        CreatedAt = TimeProvider.System.GetUtcNow().AddMinutes(1),
                    }
                );
            }
            await db.SaveChangesAsync();
        });
        foreach (var replica in world.Replicas.All)
        {
            await replica.Services.GetRequiredService<MacKeyLoader>().LoadAsync();
            var keys = replica.Services.GetRequiredService<MacKeyRing>().Keys!;
            Assert.Equal(before.Names, keys.Names);
            Assert.Equal(before.Entries, keys.Entries);
        }
        Assert.Equal(4L, await world.Replicas.SqlAsync("select count(*) from mac_key")); // evidence: nobody deletes it
    }
}
