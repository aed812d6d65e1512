using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Entitlements.Faults;

[Flags]
internal enum Direction
{
    None = 0,
    ToServer = 1,
    ToClient = 2,
    Both = 3,
}

/// <summary>
/// The network between one replica and one server: cut, held (both ways or one), delayed, slow, or led elsewhere. Like TCP it never loses or
/// reorders a byte: what is held arrives after the release, unless the connection was cut meanwhile.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<CancellationTokenSource, bool> _connections = [];
    private readonly Task _accepting;
    private volatile int _server;
    private volatile bool _refusing;
    private volatile int _rate;
    private volatile int _delay;
    private volatile Held _held = new(Direction.None);

    public Link(int serverPort)
    {
        _server = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Port of the server that new connections reach.</summary>
    public int Server
    {
        set => _server = value;
    }

    /// <summary>New connections are reset.</summary>
    public bool Refusing
    {
        set => _refusing = value;
    }

    /// <summary>Bytes a second on each connection and way; 0 is no limit.</summary>
    public int BytesPerSecond
    {
        set => _rate = value;
    }

    /// <summary>Added to each way; zero is none.</summary>
    public TimeSpan Delay
    {
        set => _delay = (int)value.TotalMilliseconds;
    }

    /// <summary>Passes nothing on in these directions until the next call; connections stay open.</summary>
    public void Hold(Direction held)
    {
        var before = Interlocked.Exchange(ref _held, new Held(held));
        before.Released.TrySetResult();
    }

    /// <summary>Resets every connection.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cancel();
        }
    }

    /// <summary>Everything as it should be.</summary>
    public void Heal()
    {
        (Refusing, BytesPerSecond, Delay) = (false, 0, TimeSpan.Zero);
        Hold(Direction.None);
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
                var client = await _listener.AcceptSocketAsync(_over.Token);
                running.RemoveAll(task => task.IsCompleted);
                running.Add(ServeAsync(client));
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
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        _connections[cut] = true;
        try
        {
            client.NoDelay = true;
            ObjectDisposedException.ThrowIf(_refusing, this);
            await ReleasedAsync(Direction.ToServer, cut.Token); // a black hole takes no connections either
            await server.ConnectAsync(IPAddress.Loopback, _server, cut.Token);
            var up = PassAsync(client, server, Direction.ToServer, cut.Token);
            var down = PassAsync(server, client, Direction.ToClient, cut.Token);
            await await Task.WhenAny(up, down);
            await Task.WhenAll(up, down);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            client.LingerState = new LingerOption(enable: true, seconds: 0); // a reset, not an orderly end
        }
        finally
        {
            _connections.TryRemove(cut, out bool _);
            await cut.CancelAsync();
        }
    }

    private async Task PassAsync(Socket from, Socket to, Direction way, CancellationToken cut)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReceiveAsync(buffer, cut)) > 0)
        {
            if (_delay > 0)
            {
                await Task.Delay(_delay, cut);
            }
            if (_rate is > 0 and var rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)read / rate), cut);
            }
            await ReleasedAsync(way, cut);
            await to.SendAsync(buffer.AsMemory(0, read), cut);
        }
        await ReleasedAsync(way, cut);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task ReleasedAsync(Direction way, CancellationToken cut)
    {
        for (var held = _held; held.Ways.HasFlag(way); held = _held)
        {
            await held.Released.Task.WaitAsync(cut);
        }
    }

    private sealed record Held(Direction Ways)
    {
        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
