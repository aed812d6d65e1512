using System.Globalization;

namespace Entitlements.Faults;

/// <summary>A Redis that keeps nothing.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private readonly string _folder;

    public int Port { get; } = ServerProcess.FreePort();
    public ServerProcess Server { get; private set; }

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private RedisNode(string root)
    {
        _folder = Path.Combine(root, "redis");
        Directory.CreateDirectory(_folder);
        Server = Run();
    }

    public static async Task<RedisNode> StartAsync(string root)
    {
        var node = new RedisNode(root);
        await node.AnswersAsync();
        return node;
    }

    public async Task RestartAsync()
    {
        await Server.DisposeAsync();
        Server = Run();
        await AnswersAsync();
    }

    /// <summary>Runs <c>redis-cli</c> with these words.</summary>
    public Task<string> TellAsync(params string[] words) => ServerProcess.RunAsync(["redis-cli", "-p", PortText, .. words]);

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private ServerProcess Run() =>
        ServerProcess.Start(
            _folder,
            ["redis-server", "--port", PortText, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder, "--maxmemory", "64mb"]
        );

    private async Task AnswersAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await again.WaitForNextTickAsync(patience.Token))
        {
            try
            {
                if ((await TellAsync("ping")).StartsWith("PONG", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (InvalidOperationException) { } // not listening yet
        }
    }
}
