using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Entitlements.Gateway.Tests.Gateways;
using StackExchange.Redis;

namespace Entitlements.Gateway.Tests.Servers;

/// <summary>A real Redis on a port of its own that keeps nothing, with a connection for the test that may do everything.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entredis-").FullName;
    private readonly string[] _options;
    private Process? _server;
    private ConnectionMultiplexer? _admin;

    private RedisServer(string[] options) => _options = options;

    public int Port { get; } = FreePort.Next();

    /// <summary>As a gateway's setting.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public static async Task<RedisServer> StartAsync(params string[] options)
    {
        var server = new RedisServer(options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A Sentinel that watches <paramref name="primary"/> under the name <c>main</c>.</summary>
    public static async Task<RedisServer> StartSentinelAsync(RedisServer primary)
    {
        var sentinel = new RedisServer(["--sentinel"]);
        await File.WriteAllTextAsync(
            Path.Combine(sentinel._folder, "redis.conf"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"port {sentinel.Port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {primary.Port} 1\nsentinel down-after-milliseconds main 1000\n"
            )
        );
        await sentinel.StartAgainAsync();
        return sentinel;
    }

    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        var configuration = Path.Combine(_folder, "redis.conf");
        string[] command = File.Exists(configuration)
            ? ["redis-server", configuration, .. _options]
            : ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", .. _options];
        _server = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", .. command, "--pidfile", Path.Combine(_folder, "server.pid")])
            {
                WorkingDirectory = _folder,
            }
        )!;
        while (!await ListensAsync())
        {
            Assert.False(_server.HasExited, "Redis did not start");
            await Task.Yield();
        }
    }

    /// <summary>As the server's own administrator.</summary>
    public async Task<RedisResult> DoAsync(string command, params object[] words)
    {
        _admin ??= await ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions
            {
                EndPoints = { Address },
                AllowAdmin = true,
                AbortOnConnectFail = false,
                AsyncTimeout = 60_000,
                ConnectTimeout = 60_000,
                TieBreaker = "",
                CommandMap = _options.Contains("--sentinel")
                    ? CommandMap.Sentinel
                    : CommandMap.Create(new HashSet<string>(StringComparer.Ordinal) { "SUBSCRIBE", "CLUSTER" }, available: false),
            }
        );
        return await _admin.GetDatabase().ExecuteAsync(command, words);
    }

    public async Task<string[]> KeysAsync() => (string[])(await DoAsync("KEYS", "*"))!;

    public async Task<byte[]?> ReadAsync(string key) => (byte[]?)await DoAsync("GET", key);

    public Task WriteAsync(string key, byte[] value) => DoAsync("SET", key, value);

    public Task FreezeAsync() => SignalAsync("-STOP");

    public Task ThawAsync() => SignalAsync("-CONT");

    /// <summary>As by a power cut.</summary>
    public async Task KillAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
        if (_admin is not null)
        {
            await _admin.DisposeAsync();
            _admin = null;
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _server!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task<bool> ListensAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await KillAsync();
        }
        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
