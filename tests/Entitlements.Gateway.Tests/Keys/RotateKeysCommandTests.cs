using System.Globalization;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Keys;

/// <summary><c>entitlements keys rotate</c> as an operator runs it, beside replicas that serve the same database.</summary>
public sealed class RotateKeysCommandTests(PostgresServer postgres)
{
    private static readonly string[] Why = ["--reason", "a laptop was lost"];

    [Theory]
    [InlineData("keys rotate", "Both")]
    [InlineData("keys rotate --reason why", "Both")]
    [InlineData("keys rotate signing --reason why", "Signing")]
    [InlineData("keys rotate mac", "Mac")]
    public void Both_are_rotated_unless_one_is_named(string words, string which) => Assert.Equal(which, RotateKeysCommand.WhichOf(words.Split(' ')).ToString());

    [Theory]
    [InlineData("keys")]
    [InlineData("keys turn")]
    [InlineData("keys rotate everything")]
    [InlineData("keys rotate signing mac")]
    [InlineData("keys rotate Signing --reason why")]
    public void Any_other_word_is_refused(string words) => Assert.Throws<SettingsException>(() => RotateKeysCommand.WhichOf(words.Split(' ')));

    [Fact]
    public async Task Running_replicas_take_the_new_keys_and_the_log_says_who_and_why_and_a_bad_order_changes_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("rotate-").FullName;
        var (own, other) = (Path.Combine(folder, "own.pfx"), Path.Combine(folder, "other.pfx"));
        await Certificates.WriteAsync(own);
        await Certificates.WriteAsync(other);
        await using (var world = await RedisReplicas.StartAsync(services: null, await RedisServer.StartAsync(), postgres, settings: ("Keys:Protection", own)))
        {
            (string Said, string[] Words)[] refused =
            [
                ("keys rotate: give --reason", ["keys", "rotate", "--Keys:Protection", own]),
                ("say keys rotate [signing|mac]", ["keys", "rotate", "everything", .. Why, "--Keys:Protection", own]),
                ("Issuance:SigningKeys: the signing keys are files", ["keys", "rotate", .. Why, "--Keys:Protection", own, "--Issuance:SigningKeys", folder]),
                ("Keys:Protection: the signing key", ["keys", "rotate", .. Why, "--Keys:Protection", other]),
                ("Keys:Protection: the MAC key", ["keys", "rotate", "mac", .. Why, "--Keys:Protection", other]),
            ];
            var before = await StateAsync(world);
            foreach (var order in refused)
            {
                var answer = await GatewayCommand.OnPostgresAsync(world.Replicas.Database, order.Words);
                Assert.Equal(78, answer.Code);
                Assert.Contains("Nothing was changed", answer.Said, StringComparison.Ordinal);
                Assert.Contains(order.Said, answer.Said, StringComparison.Ordinal);
                Assert.Equal(before, await StateAsync(world));
            }

            var (code, said) = await GatewayCommand.OnPostgresAsync(world.Replicas.Database, ["keys", "rotate", .. Why, "--Keys:Protection", own]);
            Assert.True(code == 0, said);
            foreach (var replica in world.Replicas.All)
            {
                await Replicas.UntilAsync(() => Task.FromResult(replica.Services.GetRequiredService<SigningKeyRing>().All.Length == 2));
                await Replicas.UntilAsync(() => Task.FromResult(replica.Services.GetRequiredService<MacKeyRing>().Keys!.Entries.Length == 2));
            }
            var fresh = world.First.Services.GetRequiredService<SigningKeyRing>().All[1];
            Assert.Contains(fresh.KeyId, said, StringComparison.Ordinal);
            Assert.Contains(fresh.SignsFrom.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), said, StringComparison.Ordinal);
            foreach (var kind in (string[])["signing_key.added", "mac_key.added"])
            {
                var details = (string)(await world.Replicas.SqlAsync($"select details from audit_event where kind = '{kind}' order by id desc limit 1"))!;
                Assert.Contains("a laptop was lost", details, StringComparison.Ordinal);
                Assert.Contains($"\"os_user\":\"{Environment.UserName}\"", details, StringComparison.Ordinal);
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task On_SQLite_it_works_while_no_gateway_runs_and_has_nothing_to_rotate_before_the_first()
    {
        var folder = Directory.CreateTempSubdirectory("rotate-").FullName;
        var database = $"Data Source={Path.Combine(folder, "test.db")};Pooling=False";
        var (code, said) = await GatewayCommand.OnSqliteAsync(database, ["keys", "rotate", "signing", .. Why]);
        Assert.True(code == 78 && said.Contains("no generated signing key", StringComparison.Ordinal), said);
        (code, said) = await GatewayCommand.OnSqliteAsync(database, ["keys", "rotate", "mac", .. Why]);
        Assert.True(code == 78 && said.Contains("no MAC keys", StringComparison.Ordinal), said);

        await using (await TestGateway.StartAsync(null, ("ConnectionStrings:Database", database)))
        {
            (code, said) = await GatewayCommand.OnSqliteAsync(database, ["keys", "rotate", .. Why]);
            Assert.True(code == 78 && said.Contains("in use by another process", StringComparison.Ordinal), said);
        }
        (code, said) = await GatewayCommand.OnSqliteAsync(database, ["keys", "rotate", .. Why]);
        Assert.True(code == 0 && said.Contains("no MAC keys", StringComparison.Ordinal), said);
        await using (var file = new SqliteConnection(database))
        {
            await file.OpenAsync();
            await using var look = file.CreateCommand();
            look.CommandText = """
                select (select count(*) from signing_key where signs_from > created_at) || ' of ' || (select count(*) from signing_key) || ' '
                    || (select count(*) from audit_event where kind = 'signing_key.added' and details like '%a laptop was lost%')
                """;
            Assert.Equal("1 of 2 1", await look.ExecuteScalarAsync());
        }
        Directory.Delete(folder, recursive: true);
    }

    private static Task<object?> StateAsync(RedisReplicas world) =>
        world.Replicas.SqlAsync(
            """
            select concat_ws(' ', (select count(*) from signing_key), (select count(*) from mac_key), (select count(*) from data_protection_keys),
                (select count(*) from audit_event where kind like '%key%'))
            """
        );
}
