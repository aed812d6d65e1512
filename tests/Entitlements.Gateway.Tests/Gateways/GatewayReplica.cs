using System.Diagnostics;
using System.Net.Http.Headers;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>One more replica of an installation that a <see cref="TestGateway"/> began on PostgreSQL, as a process of its own that can be killed, with the workers of production.</summary>
internal sealed class GatewayReplica : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entitlements-replica-").FullName;
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly List<string> _output = [];
    private Process? _process;

    private GatewayReplica(TestGateway first, IReadOnlyDictionary<string, string>? environment, (string Key, string Value)[] settings)
    {
        Url = new($"http://127.0.0.1:{FreePort.Next()}");
        _environment = environment ?? new Dictionary<string, string>(StringComparer.Ordinal);
        (string Key, string Value)[] all =
        [
            ("contentRoot", _folder),
            ("environment", "Development"),
            ("Urls", Url.GetLeftPart(UriPartial.Authority)),
            ("PublicUrl", first.Url.GetLeftPart(UriPartial.Authority)), // one for all replicas
            ("Metrics:Url", $"http://127.0.0.1:{FreePort.Next()}"),
            ("Demo:Enabled", "false"),
            ("Database:Provider", "Postgres"),
            ("Database:Durability", "SingleNode"),
            ("Consistency:Mode", "Strict"),
            ("ConnectionStrings:Database", first.Postgres!),
            ("Identity:RequireHttpsMetadata", "false"),
            ("Identity:Providers:0:Authority", first.Issuer.Authority),
            ("Identity:Providers:0:Tenants:0", "platform"),
            ("Identity:Providers:0:Tenants:1", "north"),
            ("Identity:Providers:0:StepUp:AcrValues:0", TestIssuer.StrongAcr),
            .. settings,
        ];
        _arguments = [typeof(EntitlementsDb).Assembly.Location, .. all.Select(s => $"--{s.Key}={s.Value}")];
    }

    public Uri Url { get; }

    /// <summary>What it has printed, in all its lives.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <param name="environment">More of the process's environment.</param>
    public static async Task<GatewayReplica> JoinAsync(
        TestGateway first,
        IReadOnlyDictionary<string, string>? environment = null,
        params (string Key, string Value)[] settings
    )
    {
        var replica = new GatewayReplica(first, environment, settings);
        await replica.StartAsync();
        return replica;
    }

    /// <summary>Starts it, or starts it again; returns when it is ready.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", _arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = Url };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await again.WaitForNextTickAsync(patience.Token))
        {
            Assert.False(_process.HasExited, $"The replica ended:\n{Output}");
            try
            {
                if ((await http.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) { } // not listening yet
        }
    }

    public HttpClient Bearing(string token)
    {
        var http = new HttpClient { BaseAddress = Url };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>Ends it between two instructions: nothing of it runs on.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            if (line.Data is not null)
            {
                _output.Add(line.Data);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
