using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Entitlements.Benchmarks.Whole;

/// <summary>A Redis of the benchmark's own that keeps nothing on disk.</summary>
internal sealed class Redis : IAsyncDisposable
{
    private readonly int _port = Processes.FreePort();
    private Process? _server;

    public int Id => _server!.Id;
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public static async Task<Redis> StartAsync()
    {
        var redis = new Redis();
        var port = redis._port.ToString(CultureInfo.InvariantCulture);
        redis._server = Processes.Start("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
        await Processes.UntilAsync(redis.AnswersAsync);
        return redis;
    }

    public async ValueTask DisposeAsync()
    {
        await Processes.StopAsync(_server!);
        _server!.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync("127.0.0.1", _port);
            return true;
        }
        catch (SocketException) when (_server is { HasExited: false })
        {
            return false;
        }
    }
}
