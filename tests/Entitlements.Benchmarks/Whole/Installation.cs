using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Benchmarks.Whole;

/// <summary>One database, one outside provider, and the gateways on them, each a process as in production; logs go nowhere.</summary>
internal sealed class Installation : IAsyncDisposable
{
    /// <summary>Tokens in turn; each is the store's own.</summary>
    private const int Tokens = 300;

    private readonly string _folder = Directory.CreateTempSubdirectory("entbench-").FullName;
    private readonly List<Process> _processes = [];

    public required Postgres Database { get; init; }
    public required TestIssuer Issuer { get; init; }
    public required Redis Redis { get; init; }
    public string TokenFile => Path.Combine(_folder, "tokens.txt");

    public static async Task<Installation> StartAsync()
    {
        var installation = new Installation
        {
            Database = await Postgres.StartAsync(),
            Issuer = await TestIssuer.StartAsync(),
            Redis = await Redis.StartAsync(),
        };
        var tokens = Enumerable.Range(0, Tokens).Select(_ => installation.Issuer.ClientToken("store", "access.evaluate"));
        await File.WriteAllLinesAsync(installation.TokenFile, tokens);
        await installation.ProtectAsync();
        return installation;
    }

    /// <summary>A replica of the gateway. Only the limits are raised: one address sends everything here.</summary>
    public async Task<Server> JoinAsync(string mode, params string[] more)
    {
        var (url, metrics) = (FreeUrl(), FreeUrl());
        var process = Processes.Start([
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Entitlements.Gateway.dll"),
            "--environment=Production",
            $"--contentRoot={_folder}",
            $"--Urls={url}",
            $"--PublicUrl={url}",
            $"--Metrics:Url={metrics}",
            $"--ConnectionStrings:Database={Database.Connection}",
            "--Database:Provider=Postgres",
            "--Database:Durability=SingleNode",
            $"--Consistency:Mode={mode}",
            $"--Keys:Protection={ProtectionFile}",
            $"--Artifacts:Root={Path.Combine(_folder, "artifacts")}",
            "--RateLimits:CallerPerSecond=1000000",
            "--RateLimits:AddressPerSecond=1000000",
            .. Providers,
            .. more,
        ]);
        _processes.Add(process);
        await Processes.UntilAnsweringAsync(process, $"{url}/health/ready");
        return new(url, process.Id, metrics);
    }

    /// <param name="authentication"><c>none</c>, <c>stock</c> or <c>ours</c>.</param>
    public async Task<Server> StartBareAsync(string authentication)
    {
        var url = FreeUrl();
        var process = Processes.Start([
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "Entitlements.Benchmarks.dll"),
            Bare.Command,
            $"--contentRoot={_folder}", // else it watches all files below / for changes of its settings
            $"--Urls={url}",
            $"--Authentication={authentication}",
            $"--Authority={Issuer.Authority}",
            $"--ConnectionStrings:Database={Database.Connection}",
            $"--ConnectionStrings:Redis={Redis.Address}",
            .. Providers,
        ]);
        _processes.Add(process);
        await Processes.UntilAnsweringAsync(process, url + Bare.Allocated);
        return new(url, process.Id, Metrics: null);
    }

    public HttpClient As(string token, string url)
    {
        var http = new HttpClient { BaseAddress = new(url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private string ProtectionFile => Path.Combine(_folder, "protection.pem");

    /// <summary>Production wants its keys wrapped by a certificate.</summary>
    private async Task ProtectAsync()
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=benchmark", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            now.AddDays(-1),
            now.AddDays(30)
        );
        await File.WriteAllTextAsync(ProtectionFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    private string[] Providers =>
        [
            "--Identity:RequireHttpsMetadata=false",
            $"--Identity:Providers:0:Authority={Issuer.Authority}",
            "--Identity:Providers:0:Tenants:0=platform",
            "--Identity:Providers:0:Tenants:1=north",
            $"--Identity:Providers:0:StepUp:AcrValues:0={TestIssuer.StrongAcr}",
        ];

    private static string FreeUrl() => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Processes.FreePort()}");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await Processes.StopAsync(process);
            process.Dispose();
        }
        await Issuer.DisposeAsync();
        await Redis.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <param name="Metrics">The operators' listener; null for a bare server.</param>
internal sealed record Server(string Url, int Id, string? Metrics)
{
    private static readonly HttpClient Http = new();

    /// <summary>Bytes it has allocated since it began.</summary>
    public async Task<double> AllocatedAsync() =>
        Metrics is null
            ? double.Parse(await Http.GetStringAsync(Url + Bare.Allocated), CultureInfo.InvariantCulture)
            : await MetricAsync("dotnet_gc_heap_total_allocated");

    /// <summary>Sum of the samples of a metric whose lines contain all of <paramref name="parts"/>.</summary>
    public async Task<double> MetricAsync(string name, params string[] parts)
    {
        var lines = (await Http.GetStringAsync($"{Metrics}/metrics")).Split('\n');
        return lines
            .Where(l => l.StartsWith(name, StringComparison.Ordinal) && Array.TrueForAll(parts, l.Contains))
            .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[l.Contains('}') ? 0 : 1], CultureInfo.InvariantCulture));
    }
}
