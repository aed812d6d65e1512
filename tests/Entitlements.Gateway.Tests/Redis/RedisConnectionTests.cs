using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using StackExchange.Redis;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>Ways to reach Redis: with the least rights, encrypted, through a Sentinel.</summary>
public sealed class RedisConnectionTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_user_who_may_get_set_and_ping_below_d_is_enough()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.DoAsync("ACL", "SETUSER", "gateway", "on", ">secret", "~d:*", "resetchannels", "-@all", "+get", "+set", "+ping");
        await ServesAsync($"{redis.Address},user=gateway,password=secret");
        Assert.All(await redis.KeysAsync(), key => Assert.StartsWith("d:", key, StringComparison.Ordinal));
        var denied = (RedisResult[])(await redis.DoAsync("ACL", "LOG"))!;
        Assert.All(denied.Select(entry => entry.ToDictionary()["object"].ToString()), command => Assert.Equal("info", command));
    }

    [Fact]
    public async Task Over_TLS_it_serves_and_a_certificate_that_nobody_vouches_for_is_not_believed()
    {
        var folder = Directory.CreateTempSubdirectory("entredis-tls-");
        try
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("localhost");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
            var (file, keyFile) = (Path.Combine(folder.FullName, "tls.crt"), Path.Combine(folder.FullName, "tls.key"));
            await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
            var port = FreePort.Next().ToString(System.Globalization.CultureInfo.InvariantCulture);
            string[] tls = ["--tls-port", port, "--tls-cert-file", file, "--tls-key-file", keyFile, "--tls-ca-cert-file", file, "--tls-auth-clients", "no"];
            await using var redis = await RedisServer.StartAsync(tls);
            var setting = $"127.0.0.1:{port},ssl=true,sslHost=localhost";

            await using (var stranger = await Replicas.StartAsync(postgres, RedisReplicas.Settings(setting)))
            {
                Assert.True(await Replicas.MayAsync(stranger.First));
                Assert.False(RedisReplicas.IsReady(stranger.First));
            }
            Assert.Empty(await redis.KeysAsync());
            Environment.SetEnvironmentVariable("SERedis_IssuerCertPath", file); // as an operator would, where the system does not know the issuer
            await ServesAsync(setting);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SERedis_IssuerCertPath", null);
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_Sentinel_says_where_the_primary_is()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sentinel = await RedisServer.StartSentinelAsync(redis);
        await ServesAsync($"{sentinel.Address},serviceName=main");
        Assert.All(await redis.KeysAsync(), key => Assert.StartsWith("d:", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_primary_dies_the_one_that_the_Sentinel_promotes_serves()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var standby = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await Replicas.UntilAsync(async () => (await primary.DoAsync("INFO", "replication")).ToString().Contains("state=online", StringComparison.Ordinal));
        await using var sentinel = await RedisServer.StartSentinelAsync(primary);
        await using var replicas = await Replicas.StartAsync(postgres, RedisReplicas.Settings($"{sentinel.Address},serviceName=main"));
        await FindsAsync(replicas);
        await Replicas.UntilAsync(async () => ((RedisResult[])(await sentinel.DoAsync("SENTINEL", "REPLICAS", "main"))!).Length == 1);
        await primary.KillAsync();
        Assert.True(await Replicas.MayAsync(replicas.First));
        await FindsAsync(replicas);
        Assert.Equal("master", ((RedisResult[])(await standby.DoAsync("ROLE"))!)[0].ToString());
    }

    [Theory]
    [InlineData("localhost,password=hunter2,connectTimeout=soon")]
    [InlineData("localhost,password=hunter2,hunter2=true")]
    [InlineData("password=hunter2")]
    public void A_setting_that_cannot_be_read_is_named_and_not_shown(string setting)
    {
        var fault = Assert.Throws<SettingsException>(() => RedisSetup.Check(setting));
        Assert.StartsWith("ConnectionStrings:Redis", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>What the first of two replicas with this setting decided, the second finds in Redis.</summary>
    private async Task ServesAsync(string setting)
    {
        await using var replicas = await Replicas.StartAsync(postgres, RedisReplicas.Settings(setting));
        await FindsAsync(replicas);
        Assert.True(await Replicas.MayAsync(replicas.First));
        Assert.True(await Replicas.MayAsync(replicas.Second));
    }

    private static async Task FindsAsync(Replicas replicas)
    {
        foreach (var replica in replicas.All)
        {
            await RedisReplicas.UntilReadyAsync(replica);
        }
        using var counts = new Counts(replicas.Second);
        var person = 0;
        await Replicas.UntilAsync(async () =>
        {
            var name = $"nobody-{++person}";
            await Replicas.AskAsync(replicas.First, person: name);
            await Replicas.AskAsync(replicas.Second, person: name);
            return counts.Found("redis") > 0;
        });
    }
}
