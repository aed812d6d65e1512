using System.Net;
using System.Net.Sockets;

namespace Entitlements.Gateway.Tests.Faults;

/// <summary>A bad network between a client and a server on loopback: slow, cut, or silent. Settings count for what happens after they are set.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private long _cutAfter = long.MaxValue;
    private int _rate;
    private volatile bool _blackhole;

    public FaultProxy(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Origin => new($"http://127.0.0.1:{Port}");

    /// <summary>Bytes from server to client, over all connections from now on, after which the connection is reset, once.</summary>
    public long CutAfter
    {
        set => Volatile.Write(ref _cutAfter, value);
    }

    /// <summary>Bytes a second from server to client on each connection; 0 is no limit.</summary>
    public int BytesPerSecond
    {
        set => Volatile.Write(ref _rate, value);
    }

    /// <summary>Takes bytes from both sides and passes none on; connections stay open.</summary>
    public bool Blackhole
    {
        set => _blackhole = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.Add(ServeAsync(await _listener.AcceptSocketAsync(_over.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var _ = client;
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        try
        {
            await server.ConnectAsync(_server, stop.Token);
            var up = PassAsync(client, server, isDown: false, stop.Token);
            var down = PassAsync(server, client, isDown: true, stop.Token);
            await await Task.WhenAny(up, down);
            await stop.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            await stop.CancelAsync();
            client.LingerState = new LingerOption(enable: true, seconds: 0); // a reset, not an orderly end
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isDown, CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReceiveAsync(buffer.AsMemory(0, PieceSize(isDown)), cancel)) > 0)
        {
            if (_blackhole)
            {
                continue;
            }

            await to.SendAsync(buffer.AsMemory(0, read), cancel);
            if (isDown && Volatile.Read(ref _rate) is > 0 and var rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), cancel);
            }

            if (isDown && Interlocked.Add(ref _cutAfter, -read) <= 0)
            {
                CutAfter = long.MaxValue;
                throw new OperationCanceledException("cut");
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private int PieceSize(bool isDown) => isDown ? (int)Math.Clamp(Volatile.Read(ref _cutAfter), 1, 16 * 1024) : 16 * 1024;
}
