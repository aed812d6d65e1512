using System.Diagnostics;
using System.Net.Sockets;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.Servers;

/// <summary>A real nginx that serves a folder and asks a gateway first, as <c>infra</c> shows operators.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entnginx-").FullName;
    private Process? _nginx;

    public Uri Url { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>Files below <c>/artifacts/</c>.</summary>
    public string Files => Path.Combine(_folder, "files", "artifacts");

    public static async Task<NginxServer> StartAsync(Uri gateway)
    {
        var server = new NginxServer();
        Directory.CreateDirectory(server.Files);
        var configuration = Path.Combine(server._folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, server.Configuration(gateway));
        server._nginx =
            Process.Start(
                new ProcessStartInfo("nginx", ["-c", configuration, "-p", server._folder, "-e", Path.Combine(server._folder, "error.log")])
                {
                    UseShellExecute = false,
                }
            ) ?? throw new InvalidOperationException("nginx could not be started.");
        await server.UntilItListensAsync();
        return server;
    }

    private string Configuration(Uri gateway) =>
        $$"""
            daemon off;
            master_process off;
            pid {{_folder}}/nginx.pid;
            events { }
            http {
              access_log off;
              client_body_temp_path {{_folder}}/body;
              proxy_temp_path {{_folder}}/proxy;
              fastcgi_temp_path {{_folder}}/fastcgi;
              uwsgi_temp_path {{_folder}}/uwsgi;
              scgi_temp_path {{_folder}}/scgi;
              server {
                listen {{Url.Authority}};
                root {{_folder}}/files;
                location / { return 404; }
                location /artifacts/ {
                  auth_request /forward-auth;
                  limit_except GET { deny all; }
                }
                location = /forward-auth {
                  internal;
                  proxy_pass {{gateway.GetLeftPart(UriPartial.Authority)}}/v1/forward-auth;
                  proxy_pass_request_body off;
                  proxy_set_header Content-Length "";
                  proxy_set_header Range "";
                  proxy_set_header X-Forwarded-Uri $request_uri;
                }
              }
            }
            """;

    private async Task UntilItListensAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_nginx is { HasExited: false })
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(Url.Host, Url.Port, late.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
            }
        }
        throw new InvalidOperationException("nginx ended: " + await File.ReadAllTextAsync(Path.Combine(_folder, "error.log")));
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
        _nginx?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
