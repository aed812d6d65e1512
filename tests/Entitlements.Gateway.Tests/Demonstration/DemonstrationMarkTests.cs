using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Access.Seeding;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Demonstration;

/// <summary>What was made to be shown never serves anybody: the host itself, started in an environment of its own.</summary>
public sealed class DemonstrationMarkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entitlements-mark-").FullName;

    [Fact]
    public async Task Outside_Development_neither_a_marked_database_nor_a_wish_for_the_demonstration_is_served()
    {
        var vector = Path.Combine(AppContext.BaseDirectory, "vectors", "authzen-certification.json");
        Assert.Equal(0, (await RunAsync("Development", "marked.db", "--seed", vector)).Code);
        var refused = await RunAsync("Staging", "marked.db");
        Assert.Equal(78, refused.Code);
        Assert.Contains("serves Development only, for good", refused.Said, StringComparison.Ordinal);
        var wished = await RunAsync("Staging", "clean.db", "--Demo:Enabled", "true");
        Assert.Equal(78, wished.Code);
        Assert.Contains("Demo:Enabled", wished.Said, StringComparison.Ordinal);
        var clean = await RunAsync("Staging", "clean.db");
        Assert.True(clean.Code is null, clean.Said); // so nothing else was wrong
    }

    /// <summary>The code it ended with, or null once it listens; it is ended then.</summary>
    private async Task<(int? Code, string Said)> RunAsync(string environment, string database, params string[] more)
    {
        string[] arguments =
        [
            typeof(SeedCommand).Assembly.Location,
            "--environment",
            environment,
            "--Urls",
            $"http://127.0.0.1:{FreePort.Next()}",
            "--Metrics:Url",
            $"http://127.0.0.1:{FreePort.Next()}",
            "--ConnectionStrings:Database",
            $"Data Source={Path.Combine(_folder, database)};Pooling=False",
            .. environment == "Development"
                ? Array.Empty<string>()
                :
                [
                    "--Identity:Providers:0:Authority",
                    "https://login.example",
                    "--Identity:Providers:0:Tenants:0",
                    "northvale",
                    "--Keys:Protection",
                    await CertificateAsync(),
                ],
            .. more,
        ];
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                WorkingDirectory = _folder,
            }
        )!;
        var complaint = process.StandardError.ReadToEndAsync();
        var said = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (line.Contains("Now listening on", StringComparison.Ordinal))
            {
                process.Kill();
                await process.WaitForExitAsync();
                return (null, said);
            }
        }
        await process.WaitForExitAsync();
        return (process.ExitCode, said + await complaint);
    }

    private async Task<string> CertificateAsync()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=keys", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            now.AddDays(-1),
            now.AddDays(1)
        );
        var path = Path.Combine(_folder, "keys.pfx");
        await File.WriteAllBytesAsync(path, certificate.Export(X509ContentType.Pkcs12));
        return path;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
