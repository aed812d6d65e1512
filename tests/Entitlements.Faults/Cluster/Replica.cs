using System.Diagnostics;
using System.Globalization;

namespace Entitlements.Faults;

/// <summary>One gateway process, with a network of its own to PostgreSQL and to Redis.</summary>
internal sealed class Replica(string root, int index, Link database, Link redis, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    private readonly string _folder = FolderOf(root, index);
    private readonly int _metrics = ServerProcess.FreePort();

    public int Index => index;
    public int Port { get; } = ServerProcess.FreePort();
    public Uri Url => new($"http://127.0.0.1:{Port}");
    public Link Database => database;
    public Link Redis => redis;
    public ServerProcess Server { get; private set; } = null!;

    public static string FolderOf(string root, int index) => Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"gateway{index}"));

    /// <param name="dll">The gateway's, of the arm.</param>
    /// <param name="more">Environment of this start alone.</param>
    public async Task StartAsync(string dll, IReadOnlyDictionary<string, string>? more = null)
    {
        Directory.CreateDirectory(_folder);
        var environment = Environment();
        foreach (var (name, value) in more ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            environment[name] = value;
        }
        Server = ServerProcess.Start(_folder, ["dotnet", dll, "--contentRoot", _folder], environment);
        await ReadyAsync();
    }

    /// <summary>Runs a command of the gateway's own, as an operator does beside this replica; throws when it fails.</summary>
    public Task CommandAsync(string dll, params string[] words) =>
        ServerProcess.RunAsync(["env", .. Environment().Select(set => $"{set.Key}={set.Value}"), "dotnet", dll, .. words, "--contentRoot", _folder]);

    /// <summary>Sum of a counter, as Prometheus sees it.</summary>
    /// <param name="tag">Only what bears this, for instance <c>entitlements_cause="mac"</c>.</param>
    public async Task<double> CounterAsync(string name, string tag = "")
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync($"http://127.0.0.1:{_metrics}/metrics");
        return page.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains(tag, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.IndexOf("} ", StringComparison.Ordinal) + 2)..].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>All it has printed, in all its lives.</summary>
    public Task<string> OutputAsync() => File.ReadAllTextAsync(Path.Combine(_folder, "output.log"));

    public async Task KillAsync() => await Server.DisposeAsync();

    /// <summary>Waits until it says that it is ready.</summary>
    public async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(5) };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await again.WaitForNextTickAsync(patience.Token))
        {
            if (!Server.Running)
            {
                throw new InvalidOperationException($"replica {index} ended: {await OutputAsync()}");
            }
            try
            {
                if ((await http.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException) { } // not listening yet
        }
        throw new UnreachableException();
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
        await database.DisposeAsync();
        await redis.DisposeAsync();
    }

    private Dictionary<string, string> Environment() =>
        new(settings, StringComparer.Ordinal)
        {
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Urls"] = Url.GetLeftPart(UriPartial.Authority),
            ["Metrics__Url"] = $"http://127.0.0.1:{_metrics}",
            ["ConnectionStrings__Database"] = string.Create(
                CultureInfo.InvariantCulture,
                $"Host=127.0.0.1;Port={database.Port};Username=postgres;Database={Cluster.DatabaseName};Maximum Pool Size=30;Timeout=5"
            ),
            ["ConnectionStrings__Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{redis.Port},abortConnect=false"),
        };
}
