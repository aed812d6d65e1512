using System.Diagnostics;
using System.Globalization;
using Entitlements.Gateway.Tests.Gateways;
using MimeKit;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>A real mail server on a port of its own (Debian's aiosmtpd), in a process of its own.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entsmtp-").FullName;
    private Process? _server;

    public int Port { get; } = FreePort.Next();
    private string Mailbox => Path.Combine(_folder, "mail");

    /// <param name="tls">Certificate and key files: then STARTTLS, user and password are demanded.</param>
    public static async Task<SmtpServer> StartAsync(params string[] tls)
    {
        var server = new SmtpServer();
        await server.StartAgainAsync(tls);
        return server;
    }

    public async Task StartAgainAsync(params string[] tls)
    {
        _server = Process.Start(
            new ProcessStartInfo(
                "/usr/bin/python3",
                [Path.Combine(AppContext.BaseDirectory, "smtp-server.py"), Port.ToString(CultureInfo.InvariantCulture), Mailbox, .. tls]
            )
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
                WorkingDirectory = _folder,
            }
        )!;
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.pid"), _server.Id.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("ready", await _server.StandardOutput.ReadLineAsync());
    }

    /// <summary>What it took, oldest first.</summary>
    public IReadOnlyList<MimeMessage> Mails =>
        Directory.Exists(Path.Combine(Mailbox, "new"))
            ?
            [
                .. new DirectoryInfo(Path.Combine(Mailbox, "new"))
                    .GetFiles()
                    .OrderBy(file => file.LastWriteTimeUtc)
                    .ThenBy(file => file.Name, StringComparer.Ordinal)
                    .Select(file => MimeMessage.Load(file.FullName)),
            ]
            : [];

    public async Task KillAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await KillAsync();
        }
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
