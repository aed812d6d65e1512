using System.Diagnostics;
using System.Globalization;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Entitlements.Gateway.Tests.Servers;

/// <summary>One real PostgreSQL for the whole run, started by the first test that asks for a database, ended with the run.</summary>
/// <remarks>Debian's binaries, in a folder and on a port of their own. The server refuses to run as root, so as root it runs as user postgres.
/// Without fsync: what a test commits must be right, it need not survive a power cut.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1); // CREATE DATABASE copies a template that nobody else may copy meanwhile
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "entpg-" + Guid.NewGuid().ToString("N")[..8]);
    private Process? _server;
    private int _port;
    private int _databases;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>A connection string to a new, empty database, as its superuser.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_server is null)
            {
                await StartAsync();
            }
            var name = string.Create(CultureInfo.InvariantCulture, $"test_{++_databases}");
            await using var admin = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
            await create.ExecuteNonQueryAsync();
            return ConnectionTo(name);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            NpgsqlConnection.ClearAllPools();
            await RunAsync("kill", "-INT", _server.Id.ToString(CultureInfo.InvariantCulture)); // fast, but it waits for its own processes
            await _server.WaitForExitAsync();
        }
        _server?.Dispose();
        _one.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string ConnectionTo(string database) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Maximum Pool Size=20;Timeout=30;Connection Idle Lifetime=15;Connection Pruning Interval=5"
        );

    private async Task StartAsync()
    {
        var bin = Binaries();
        Directory.CreateDirectory(_folder);
        if (Environment.UserName == "root")
        {
            await RunAsync("chown", "postgres:postgres", _folder);
        }
        await RunAsync(Unprivileged(Path.Combine(bin, "initdb"), "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        _port = FreePort.Next();
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"port={_port}"),
            $"unix_socket_directories={_folder}",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=600",
            "shared_buffers=64MB",
            "logging_collector=on",
        ];
        _server = Start(Unprivileged([Path.Combine(bin, "postgres"), "-D", Data, .. settings.SelectMany(s => (string[])["-c", s])]));
        while (!await IsReadyAsync(bin))
        {
            Assert.False(_server.HasExited, "PostgreSQL did not start");
        }
    }

    private async Task<bool> IsReadyAsync(string bin)
    {
        // -t: the server itself is waited for, not a clock
        using var asked = Start(Path.Combine(bin, "pg_isready"), "-q", "-t", "30", "-h", _folder, "-p", _port.ToString(CultureInfo.InvariantCulture));
        await asked.WaitForExitAsync();
        return asked.ExitCode == 0;
    }

    private static string Binaries() =>
        Directory
            .EnumerateDirectories("/usr/lib/postgresql")
            .Where(version => File.Exists(Path.Combine(version, "bin", "postgres")))
            .MaxBy(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
            is { } newest
            ? Path.Combine(newest, "bin")
            : throw new InvalidOperationException("PostgreSQL is not installed; infra/test.sh installs it");

    /// <summary>The command as user postgres when we are root; setpriv replaces itself by it, so the process id is the server's.</summary>
    private static string[] Unprivileged(params string[] command) =>
        Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        using var process = Start(command);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)} ended with {process.ExitCode}");
    }

    private static Process Start(params string[] command)
    {
        // a shell in front only to send the words of the server to a file; exec keeps the process id
        string[] quiet = ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", .. command];
        return Process.Start(new ProcessStartInfo("/bin/sh", quiet) { WorkingDirectory = "/" })!;
    }
}
