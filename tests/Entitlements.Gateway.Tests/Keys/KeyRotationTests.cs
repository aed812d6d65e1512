using System.Net;
using System.Security.Cryptography;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary>Signing keys change under running gateways, and nobody who holds a good token, or a copy of the key set, notices.</summary>
public sealed class KeyRotationTests(PostgresServer postgres)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_new_key_is_published_everywhere_before_it_signs_and_the_old_one_verifies_until_all_it_signed_has_ended(string database)
    {
        await using var world = await KeyWorld.StartAsync(postgres, database);
        var old = Assert.Single(await KeyWorld.KidsAsync(world.First));
        var fresh = (await world.RotateAsync()).KeyId;

        world.Clock.Advance(KeySchedule.Look); // nobody is told and nothing restarts
        foreach (var gateway in world.All)
        {
            await UntilItHasAsync(gateway, 2);
            Assert.Equal([old, fresh], await KeyWorld.KidsAsync(gateway));
        }
        world.Clock.Advance(KeyWorld.MaxAge + KeySchedule.Spread - KeySchedule.Look - Second); // who fetched the set just before it came has fetched it again
        foreach (var gateway in world.All)
        {
            Assert.Equal(old, KeyWorld.KidOf(await world.TokenAsync(gateway)));
        }
        var last = await world.TokenAsync(world.First);
        var (begun, url) = await world.World.SessionAsync();

        world.Clock.Advance(Second);
        foreach (var gateway in world.All)
        {
            var token = await world.TokenAsync(gateway);
            Assert.Equal(fresh, KeyWorld.KidOf(token));
            Assert.True(await world.VerifiesAsync(world.First, token) && await world.VerifiesAsync(world.Last, token));
            await KeyWorld.RedeemAsync(world.Last, token, HttpStatusCode.Created);
        }
        Assert.True(await world.VerifiesAsync(world.First, last) && await world.VerifiesAsync(world.Last, last));
        await KeyWorld.RedeemAsync(world.Last, last, HttpStatusCode.Created);
        Assert.Equal(world.World.File, await (await world.World.FetchAsync(url, begun)).Content.ReadAsByteArrayAsync());

        world.Clock.Advance(SigningKeyStore.Retention - Second);
        await world.LookAsync();
        Assert.Equal(2, await world.RowsAsync());
        world.Clock.Advance(Second);
        await world.LookAsync();
        Assert.Equal((1, 1), (await world.RowsAsync(), await world.AuditsAsync("signing_key.retired")));
        foreach (var gateway in world.All)
        {
            Assert.Equal([fresh], await KeyWorld.KidsAsync(gateway));
            Assert.False(await world.VerifiesAsync(gateway, last));
            await KeyWorld.RedeemAsync(gateway, last, HttpStatusCode.Unauthorized);
            await KeyWorld.RedeemAsync(gateway, await world.TokenAsync(gateway), HttpStatusCode.Created);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_key_of_ninety_days_gets_one_successor_however_many_replicas_look(string database)
    {
        await using var world = await KeyWorld.StartAsync(postgres, database);
        await AgeAsync(KeySchedule.Life - Second);
        await world.LookAsync();
        Assert.Equal(1, await world.RowsAsync());
        await AgeAsync(Second);
        await world.LookAsync();
        await world.LookAsync();
        Assert.Equal((2, 2), (await world.RowsAsync(), await world.AuditsAsync("signing_key.added")));
        Assert.All(world.All, gateway => Assert.Equal(2, gateway.Services.GetRequiredService<SigningKeyRing>().All.Length));

        Task AgeAsync(TimeSpan by) =>
            world.First.InDatabaseAsync(async db =>
            {
                var made = (await db.SigningKeys.SingleAsync()).CreatedAt - by;
                await db.SigningKeys.ExecuteUpdateAsync(set => set.SetProperty(key => key.CreatedAt, made));
            });
    }

    [Fact]
    public async Task A_file_that_comes_into_the_folder_is_taken_up_and_one_that_is_no_key_is_complained_of()
    {
        var folder = Directory.CreateTempSubdirectory("keys-").FullName;
        await WriteKeyAsync("1.pem");
        await using (var world = await KeyWorld.StartAsync(postgres, EachDatabase.Sqlite, ("Issuance:SigningKeys", folder)))
        {
            var old = Assert.Single(await KeyWorld.KidsAsync(world.First));
            await WriteKeyAsync("2.pem");
            world.Clock.Advance(KeySchedule.Look);
            await UntilItHasAsync(world.First, 2);
            Assert.Equal(old, KeyWorld.KidOf(await world.TokenAsync(world.First)));
            world.Clock.Advance(KeyWorld.MaxAge + KeySchedule.Spread);
            var token = await world.TokenAsync(world.First);
            Assert.NotEqual(old, KeyWorld.KidOf(token));

            await File.WriteAllTextAsync(Path.Combine(folder, "3.pem"), "half of a ke");
            world.Clock.Advance(KeySchedule.Look);
            await Replicas.UntilAsync(() => Task.FromResult(world.Log.CountOf("3.pem cannot be read") == 1));
            await KeyWorld.RedeemAsync(world.First, token, HttpStatusCode.Created);
            await KeyWorld.RedeemAsync(world.First, await world.TokenAsync(world.First), HttpStatusCode.Created);
            await WriteKeyAsync("3.pem");
            await world.LookAsync();
            Assert.Equal(3, (await KeyWorld.KidsAsync(world.First)).Length);
        }
        Directory.Delete(folder, recursive: true);

        async Task WriteKeyAsync(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await File.WriteAllTextAsync(Path.Combine(folder, name), key.ExportPkcs8PrivateKeyPem());
        }
    }

    [Fact]
    public void Who_has_not_read_the_keys_for_a_while_lets_nobody_keep_its_set_until_a_new_key_signs()
    {
        for (var age = TimeSpan.Zero; age < 2 * KeyWorld.MaxAge; age += Second)
        {
            var kept = KeySetEndpoint.MaxAgeOf(age, KeyWorld.MaxAge);
            Assert.InRange(kept, TimeSpan.Zero, KeyWorld.MaxAge);
            Assert.True(age >= KeyWorld.MaxAge + KeySchedule.Spread || age + kept < KeyWorld.MaxAge + KeySchedule.Spread); // a key added right after the reading signs no sooner
        }
        Assert.Equal(KeyWorld.MaxAge, KeySetEndpoint.MaxAgeOf(2 * KeySchedule.Look, KeyWorld.MaxAge));
    }

    [Fact]
    public void Without_a_key_nothing_is_signed_and_the_answer_is_not_now() =>
        Assert.Throws<NoLeaseException>(() => new SigningKeyRing(TimeProvider.System).Current);

    /// <summary>Seen from inside: who asks for the key set as often as this is told to slow down.</summary>
    private static Task UntilItHasAsync(TestGateway gateway, int keys) =>
        Replicas.UntilAsync(() => Task.FromResult(gateway.Services.GetRequiredService<SigningKeyRing>().All.Length == keys));
}
