using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>The line to a mail server that wants TLS and a login, from a gateway process that trusts what its operator trusts.</summary>
public sealed class MailLineTests(PostgresServer postgres)
{
    private const string RightPassword = "pass word";
    private const string WrongPassword = "another pass word";

    [Fact]
    public async Task A_mail_goes_by_a_line_that_is_vouched_for_and_logged_in_to_and_by_no_other()
    {
        var folder = Directory.CreateTempSubdirectory("entline-");
        try
        {
            var (ours, theirs) = (await AuthorityAsync(folder, "ours"), await AuthorityAsync(folder, "theirs"));
            await using var gateway = await TestGateway.StartAsync(
                services => services.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker)),
                await postgres.CreateDatabaseAsync()
            );
            var officer = await gateway.AddPersonAsync("north", "officer");
            await gateway.InDatabaseAsync(db =>
                db.Subjects.Where(s => s.Key == officer).ExecuteUpdateAsync(set => set.SetProperty(s => s.Email, "officer@north.example"))
            );
            await using var smtp = await SmtpServer.StartAsync(ours.Server, ours.Server);

            Assert.Equal("tls_failed", await ResultAsync(gateway, officer, smtp, theirs.Authority, RightPassword));
            Assert.Equal("smtp_password", await ResultAsync(gateway, officer, smtp, ours.Authority, WrongPassword));
            Assert.Empty(smtp.Mails);
            Assert.Equal("delivered", await ResultAsync(gateway, officer, smtp, ours.Authority, RightPassword));
            Assert.Equal(["officer@north.example"], Assert.Single(smtp.Mails).To.Mailboxes.Select(m => m.Address));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>How the first attempt of a fresh message ended, by a gateway that trusts one authority and has one password; and that it said so, and not the password.</summary>
    private static async Task<string> ResultAsync(TestGateway gateway, long officer, SmtpServer smtp, string authority, string password)
    {
        await gateway.InDatabaseAsync(db => db.Deliveries.ExecuteDeleteAsync());
        await using (var scope = gateway.Services.CreateAsyncScope())
        {
            await scope
                .ServiceProvider.GetRequiredService<Writes>()
                .RecordAsync(write =>
                {
                    write.TellPerson(officer, PersonMessage.Notice, isUrgent: false, "req_1");
                    return Task.FromResult(0);
                });
        }
        var file = Path.Combine(Path.GetDirectoryName(authority)!, "password");
        await File.WriteAllTextAsync(file, password);
        await using var replica = await GatewayReplica.JoinAsync(
            gateway,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["SSL_CERT_FILE"] = authority },
            ("Smtp:Host", "127.0.0.1"),
            ("Smtp:Port", smtp.Port.ToString(CultureInfo.InvariantCulture)),
            ("Smtp:From", "entitlements@north.example"),
            ("Smtp:User", "gateway"),
            ("Smtp:PasswordFile", file)
        );
        string? result = null;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (result is null)
        {
            await again.WaitForNextTickAsync(patience.Token);
            result = await gateway.InDatabaseAsync(db => db.Deliveries.OrderBy(d => d.Id).Select(d => d.LastResult).FirstOrDefaultAsync());
        }
        while (result != "delivered" && !replica.Output.Contains(result, StringComparison.Ordinal)) // what it prints comes a little later
        {
            await again.WaitForNextTickAsync(patience.Token);
        }
        Assert.DoesNotContain("pass word", replica.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(password)), replica.Output, StringComparison.Ordinal);
        return result;
    }

    /// <summary>An authority, and a server's certificate and key that it vouches for.</summary>
    private static async Task<(string Authority, string Server)> AuthorityAsync(DirectoryInfo folder, string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = RSA.Create(2048);
        var root = new CertificateRequest($"CN=authority {name}", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = root.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var serverKey = RSA.Create(2048);
        var server = new CertificateRequest("CN=mail", serverKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        server.CertificateExtensions.Add(names.Build());
        using var certificate = server.Create(authority, now.AddHours(-1), now.AddHours(12), RandomNumberGenerator.GetBytes(8));
        var (authorityFile, serverFile) = (Path.Combine(folder.FullName, $"{name}-authority.pem"), Path.Combine(folder.FullName, $"{name}-server.pem"));
        await File.WriteAllTextAsync(authorityFile, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(serverFile, $"{certificate.ExportCertificatePem()}\n{serverKey.ExportPkcs8PrivateKeyPem()}\n");
        return (authorityFile, serverFile);
    }
}
