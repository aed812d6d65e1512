using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>Where people's addresses and the mail server's password go, and where not.</summary>
public sealed class MailSecurityTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_password_is_given_to_no_server_without_TLS_nor_to_one_whose_certificate_nobody_vouches_for()
    {
        var folder = Directory.CreateTempSubdirectory("enttls-");
        try
        {
            var (certificate, password) = (Path.Combine(folder.FullName, "tls.pem"), Path.Combine(folder.FullName, "password"));
            await File.WriteAllTextAsync(certificate, SelfSigned());
            await File.WriteAllTextAsync(password, "pass word\n");
            await using var plain = await SmtpServer.StartAsync();
            Assert.Equal("smtp_unreachable", await ResultAsync(plain, password));
            await using var impostor = await SmtpServer.StartAsync(certificate, certificate);
            Assert.Equal("tls_failed", await ResultAsync(impostor, password));
            Assert.Empty(plain.Mails.Concat(impostor.Mails));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Contact_data_changes_nobodys_access_and_stays_out_of_log_and_evidence(string database)
    {
        await using var world = await TellingWorld.StartAsync(postgres, database);
        const string path = "/v1/tenants/north/subjects/officer";
        var body = new
        {
            email = "a.name@north.example",
            mobile = "+447700900123",
            tell_by = "sms",
        };
        await (await world.Admin.PutAsync(path, body)).ShouldBeAsync(HttpStatusCode.OK); // at once: no change, no votes
        var shown = await world.Admin.ReadAsync(path);
        Assert.Equal(("a.name@north.example", "+447700900123", "sms"), ((string?)shown["email"], (string?)shown["mobile"], (string?)shown["tell_by"]));
        await (await world.Admin.PutAsync(path, new { email = "b.name@north.example", person = "4711" }, await world.Admin.ETagAsync(path))).ChangeAsync();
        await world.WorkAsync();
        await world.Gateway.InDatabaseAsync(async db =>
        {
            Assert.DoesNotContain(await db.AuditEvents.ToListAsync(), e => IsPersonal(e.Details));
            Assert.DoesNotContain(await db.Outbox.ToListAsync(), m => IsPersonal(m.Payload));
        });
        Assert.DoesNotContain(world.Log.Lines, IsPersonal);

        static bool IsPersonal(string text) => text.Contains("name@north", StringComparison.Ordinal) || text.Contains("7700900123", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("officer@north.example", true)]
    [InlineData("o'brien+ward@mail.north.example", true)]
    [InlineData("Officer <officer@north.example>", false)]
    [InlineData("officer@north.example, other@north.example", false)]
    [InlineData("officer@north.example\r\nBcc: other@north.example", false)]
    [InlineData("officer@localhost", false)]
    [InlineData("officer", false)]
    [InlineData("@north.example", false)]
    public void A_mail_address_is_one_address_and_nothing_beside_it(string text, bool isOne) => Assert.Equal(isOne, Contact.IsMail(text));

    [Theory]
    [InlineData("+447700900123", true)]
    [InlineData("07700900123", false)]
    [InlineData("+44 7700 900123", false)]
    [InlineData("+447700900123\n", false)]
    [InlineData("+1", false)]
    public void A_mobile_number_is_international(string text, bool isOne) => Assert.Equal(isOne, Contact.IsMobile(text));

    [Fact]
    public async Task Settings_that_would_fail_later_or_send_a_password_in_the_clear_stop_the_start()
    {
        string[] words =
        [
            "--Smtp:Host",
            "mail.example",
            "--Smtp:Security",
            "None",
            "--Smtp:User",
            "gateway",
            "--Notify:BaseUrl",
            "http://notify.example",
            "--Notify:ApiKeyFile",
            "/nowhere",
            "--Webhooks:AllowedNetworks:0",
            "intranet",
            "--Telling:DigestHour",
            "24",
        ];
        var (code, said) = await GatewayCommand.OnSqliteAsync("Data Source=/nowhere/at/all.db", words);
        Assert.Equal(78, code);
        foreach (
            var key in new[]
            {
                "Smtp:From",
                "Smtp:PasswordFile",
                "Smtp:Security",
                "Notify:BaseUrl",
                "Notify:ApiKeyFile",
                "Webhooks:AllowedNetworks",
                "DigestHour",
            }
        )
        {
            Assert.Contains(key, said, StringComparison.Ordinal);
        }
    }

    private async Task<string?> ResultAsync(SmtpServer smtp, string password)
    {
        await using var world = await TellingWorld.StartAsync(
            postgres,
            EachDatabase.Sqlite,
            null,
            ("Smtp:Host", "127.0.0.1"),
            ("Smtp:Port", smtp.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("Smtp:From", "entitlements@north.example"),
            ("Smtp:User", "gateway"),
            ("Smtp:PasswordFile", password)
        );
        var officer = await world.AddAsync("officer", "officer@north.example");
        await world.TellAsync(officer, PersonMessage.Notice, isUrgent: false, "req_1");
        await world.WorkAsync();
        return (await world.LastAsync()).Item1;
    }

    private static string SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
