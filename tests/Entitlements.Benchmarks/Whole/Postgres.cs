using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Entitlements.Benchmarks.Whole;

/// <summary>A PostgreSQL of the benchmark's own. Unlike the tests' it syncs: a revocation's time is the disk's too.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("entbench-pg-").FullName;
    private Process? _server;

    public int Port { get; } = Processes.FreePort();

    /// <summary>The postmaster.</summary>
    public int Id => _server!.Id;

    public string Connection =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Maximum Pool Size=32");

    public static async Task<Postgres> StartAsync()
    {
        var postgres = new Postgres();
        var bin = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin";
        var data = Path.Combine(postgres._folder, "data");
        await Processes.RunAsync("chown", "postgres", postgres._folder);
        await Processes.RunAsync([.. AsPostgres, $"{bin}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]);
        string[] settings =
        [
            "listen_addresses=127.0.0.1",
            FormattableString.Invariant($"port={postgres.Port}"),
            $"unix_socket_directories={postgres._folder}",
            "max_connections=300",
            "shared_buffers=512MB",
            "max_wal_size=4GB",
        ];
        postgres._server = Processes.Start([.. AsPostgres, $"{bin}/postgres", "-D", data, .. settings.SelectMany(s => (string[])["-c", s])]);
        await Processes.UntilAsync(postgres.AnswersAsync);
        return postgres;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Rows of a query, each as its values.</summary>
    public async Task<List<object[]>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Processes.RunAsync("kill", "-INT", _server!.Id.ToString(CultureInfo.InvariantCulture));
        await _server.WaitForExitAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The server refuses to run as root.</summary>
    private static string[] AsPostgres => Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await ExecuteAsync("select 1");
            return true;
        }
        catch (NpgsqlException) when (_server is { HasExited: false })
        {
            return false;
        }
    }
}
