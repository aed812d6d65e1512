using System.Globalization;

namespace Entitlements.Faults;

/// <summary>HAProxy in front of the replicas; it says in <c>X-Replica</c> who answered.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly ServerProcess _server;

    public int Port { get; }

    private Balancer(ServerProcess server, int port) => (_server, Port) = (server, port);

    public static async Task<Balancer> StartAsync(string root, int port, IEnumerable<int> replicas)
    {
        var folder = Path.Combine(root, "haproxy");
        Directory.CreateDirectory(folder);
        var config = Path.Combine(folder, "haproxy.cfg");
        var servers = replicas.Select((replica, i) => string.Create(CultureInfo.InvariantCulture, $"  server {i} 127.0.0.1:{replica}"));
        await File.WriteAllTextAsync(
            config,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                global
                  maxconn 2000
                defaults
                  mode http
                  timeout connect 1s
                  timeout client 60s
                  timeout server 60s
                frontend public
                  bind 127.0.0.1:{port}
                  default_backend replicas
                backend replicas
                  balance roundrobin
                  option httpchk GET /health/ready
                  http-check expect status 200
                  http-response set-header X-Replica %s
                  default-server check inter 500ms fall 2 rise 1
                {string.Join('\n', servers)}

                """
            )
        );
        return new Balancer(ServerProcess.Start(folder, ["haproxy", "-db", "-q", "-f", config]), port);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
