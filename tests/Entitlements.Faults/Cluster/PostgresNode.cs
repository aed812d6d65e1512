using System.Globalization;
using Npgsql;

namespace Entitlements.Faults;

/// <summary>One PostgreSQL server of the cluster. Without fsync: servers are killed here, machines are not.</summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    /// <summary>Who may be the synchronous standby: the first of the primary, the second once the first was promoted.</summary>
    public const string Standbys = "FIRST 1 (standby, cascade)";

    private static readonly string Bin = NewestBinaries();
    private readonly string _folder;
    private ServerProcess? _server;
    private string[] _more = [];

    public string Name { get; }
    public int Port { get; } = ServerProcess.FreePort();
    public ServerProcess Server => _server!;

    public string Config => Path.Combine(Data, "postgresql.conf");

    /// <summary>Of <see cref="Ground.SmallDisks"/>: what holds the tables.</summary>
    public SmallDisk? DataDisk { get; private set; }

    /// <summary>Of <see cref="Ground.SmallDisks"/>: what holds the write-ahead log.</summary>
    public SmallDisk? LogDisk { get; private set; }

    private string Data => Path.Combine(_folder, "data");

    private PostgresNode(string root, string name)
    {
        Name = name;
        _folder = Path.Combine(root, name);
        Directory.CreateDirectory(_folder);
    }

    public static async Task<PostgresNode> StartPrimaryAsync(string root, bool smallDisks = false)
    {
        var node = new PostgresNode(root, "primary");
        await node.OwnFolderAsync();
        string[] initdb = [Path.Combine(Bin, "initdb"), "-D", node.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        if (smallDisks)
        {
            var log = Path.Combine(node._folder, "wal");
            (node.DataDisk, node.LogDisk) = (SmallDisk.Mount(node.Data, "256m", "postgres"), SmallDisk.Mount(log, "512m", "postgres"));
            initdb = [.. initdb, "-X", log];
            node._more = ["max_wal_size=128MB", "wal_keep_size=64MB"];
        }
        await ServerProcess.RunAsync(ServerProcess.AsPostgres(initdb));
        await File.AppendAllTextAsync(node.Config, "synchronous_commit = on\n");
        await node.StartAsync();
        return node;
    }

    /// <summary>A standby that streams from <paramref name="source"/>, itself a primary or a standby.</summary>
    public static async Task<PostgresNode> StartStandbyAsync(string root, string name, PostgresNode source)
    {
        var node = new PostgresNode(root, name);
        await node.OwnFolderAsync();
        var connection = string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={source.Port} user=postgres application_name={name}");
        await ServerProcess.RunAsync(
            ServerProcess.AsPostgres(
                Path.Combine(Bin, "pg_basebackup"),
                "-D",
                node.Data,
                "-d",
                connection,
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
                "-C",
                "-S",
                name
            )
        );
        await node.StartAsync();
        return node;
    }

    /// <param name="environment">Of this start alone.</param>
    public async Task StartAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"port={Port}"),
            $"unix_socket_directories={_folder}",
            "fsync=off",
            "max_connections=300",
            "shared_buffers=32MB",
            "dynamic_shared_memory_type=mmap",
            "wal_keep_size=256MB",
            "wal_receiver_status_interval=1s",
            "wal_retrieve_retry_interval=100ms",
            .. _more,
        ];
        File.Delete(Path.Combine(Data, "postmaster.pid")); // of a server that was killed
        string[] variables = [.. (environment ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(v => $"{v.Key}={v.Value}")];
        string[] command = [Path.Combine(Bin, "postgres"), "-D", Data, .. settings.SelectMany(s => (string[])["-c", s])];
        _server = ServerProcess.Start(_folder, ServerProcess.AsPostgres(["env", .. variables, .. command])); // set for the server's user alone
        await AcceptsAsync();
    }

    /// <summary>What a supervisor does: starts it again whenever it is down, until it accepts.</summary>
    public async Task SuperviseAsync()
    {
        for (var i = 0; i < 60; i++)
        {
            try
            {
                await (Server.Running ? AcceptsAsync() : StartAsync());
                return;
            }
            catch (Exception down) when (down is NpgsqlException or InvalidOperationException)
            {
                await Task.Delay(500); // it went down again
            }
        }
        throw new InvalidOperationException($"{Name} does not come up");
    }

    /// <summary>Immediate stop: as if it had crashed.</summary>
    public async Task CrashAsync()
    {
        await _server!.EndAsync(Signal.Quit);
        await _server.DisposeAsync();
    }

    /// <summary>Accepts writes when this returns.</summary>
    public Task PromoteAsync() => ExecuteAsync("select pg_promote(true, 60)", "postgres");

    /// <summary>From now on a commit counts when the named standby has it.</summary>
    public async Task RequireStandbyAsync(string standbys)
    {
        await ExecuteAsync($"alter system set synchronous_standby_names = '{standbys}'", "postgres");
        await ExecuteAsync("select pg_reload_conf()", "postgres");
    }

    /// <summary>A superuser's connection string straight to this server, without pooling.</summary>
    public string ConnectionTo(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Pooling=false;Timeout=30");

    public async Task ExecuteAsync(string sql, string database)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<string>> ReadAsync(string sql, string database)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync())
        {
            found.Add(rows.GetString(0));
        }
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.EndAsync(Signal.Quit);
            await _server.DisposeAsync();
        }
        foreach (var disk in (SmallDisk?[])[DataDisk, LogDisk])
        {
            await (disk?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private async Task AcceptsAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await again.WaitForNextTickAsync(patience.Token))
        {
            try
            {
                await ExecuteAsync("select 1", "postgres");
                return;
            }
            catch (NpgsqlException) when (_server!.Running) { } // not listening, or still recovering
            catch (NpgsqlException refused)
            {
                var said = await File.ReadAllLinesAsync(Path.Combine(_folder, "output.log"), CancellationToken.None);
                throw new InvalidOperationException($"{Name} ended: {string.Join('\n', said.TakeLast(20))}", refused);
            }
        }
    }

    private Task OwnFolderAsync() => Environment.UserName == "root" ? ServerProcess.RunAsync("chown", "postgres:postgres", _folder) : Task.CompletedTask;

    private static string NewestBinaries() =>
        Directory
            .EnumerateDirectories("/usr/lib/postgresql")
            .Where(version => File.Exists(Path.Combine(version, "bin", "postgres")))
            .MaxBy(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
            is { } newest
            ? Path.Combine(newest, "bin")
            : throw new InvalidOperationException("PostgreSQL is not installed; infra/test.sh installs it");
}
