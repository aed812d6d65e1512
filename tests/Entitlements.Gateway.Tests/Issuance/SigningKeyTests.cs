using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Keys;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Issuance;

/// <summary>The keys that sign: where they come from, when they begin, what wraps them.</summary>
public sealed class SigningKeyTests(PostgresServer postgres)
{
    [Fact]
    public void A_new_key_signs_only_once_everyone_has_its_public_half()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var ring = new SigningKeyRing(clock);
        var (old, fresh) = (SigningKey.Create().From(clock.GetUtcNow()), SigningKey.Create().From(clock.GetUtcNow().AddMinutes(15)));
        ring.Fill([old, fresh], clock.GetUtcNow());
        Assert.Equal(old.KeyId, ring.Current.KeyId);
        clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(fresh.KeyId, ring.Current.KeyId);
        Assert.NotNull(ring.Find(old.KeyId));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Keys_of_a_folder_are_used_in_order_of_file_name_and_never_kept_in_the_database(string database)
    {
        var folder = Directory.CreateTempSubdirectory("keys-").FullName;
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(folder, "1.pem"), first.ExportPkcs8PrivateKeyPem());
        var parameters = second.ExportParameters(includePrivateParameters: true);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "2.jwk"),
            new JsonObject
            {
                ["kty"] = "EC",
                ["crv"] = "P-256",
                ["x"] = Text(parameters.Q.X!),
                ["y"] = Text(parameters.Q.Y!),
                ["d"] = Text(parameters.D!),
            }.ToJsonString()
        );
        await using var world = await IssuingWorld.StartAsync(postgres, database, settings: ("Issuance:SigningKeys", folder));
        var keys = (await (await world.Gateway.Anonymous().GetAsync("/.well-known/jwks.json")).ShouldBeAsync(HttpStatusCode.OK))["keys"]!.AsArray();
        Assert.Equal(2, keys.Count);
        var token = await world.TokenAsync();
        var header = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan(0, token.IndexOf('.'))))!;
        Assert.Equal((string?)keys[0]!["kid"], (string?)header["kid"]); // the second is not signing yet
        Assert.All(await world.Gateway.InDatabaseAsync(db => db.SigningKeys.ToListAsync()), row => Assert.Empty(row.WrappedPrivateKey));
        Directory.Delete(folder, recursive: true);

        static string Text(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }

    [Theory]
    [InlineData("not a key")]
    [InlineData("{\"kty\":\"EC\"}")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    public void What_is_no_private_key_on_P256_is_refused(string text) => Assert.ThrowsAny<CryptographicException>(() => SigningKey.FromText(text));

    [Fact]
    public void A_key_on_another_curve_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<CryptographicException>(() => SigningKey.FromText(other.ExportPkcs8PrivateKeyPem()));
    }

    [Fact]
    public async Task Outside_Development_keys_must_be_protected()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.AddStorage();
        builder.AddKeyProtection();
        await using var app = builder.Build();
        Assert.Contains(
            Assert.Throws<SettingsException>(app.CheckSettings).Faults,
            fault => fault.StartsWith("Keys:Protection: is required", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_certificate_wraps_what_the_database_keeps()
    {
        var folder = Directory.CreateTempSubdirectory("protection-").FullName;
        var file = Path.Combine(folder, "keys.pfx");
        await Certificates.WriteAsync(file);
        string[] settings = [$"--Keys:Protection={file}", $"--ConnectionStrings:Database=Data Source={Path.Combine(folder, "test.db")};Pooling=False"];
        var secret = "";
        for (var start = 0; start < 2; start++) // the second finds what the first wrote
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", Args = settings });
            builder.Logging.ClearProviders();
            builder.AddStorage();
            builder.AddKeyProtection();
            await using var app = builder.Build();
            app.CheckSettings();
            await app.OpenStorageAsync();
            var wrap = app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
            secret = start == 0 ? wrap.Protect("secret") : wrap.Unprotect(secret);
            await using var scope = app.Services.CreateAsyncScope();
            var key = await scope.ServiceProvider.GetRequiredService<EntitlementsDb>().DataProtectionKeys.SingleAsync();
            Assert.Contains("EncryptedData", key.Xml, StringComparison.Ordinal);
            Assert.DoesNotContain("<masterKey", key.Xml, StringComparison.Ordinal);
        }
        Assert.Equal("secret", secret);
        Directory.Delete(folder, recursive: true);
    }
}
