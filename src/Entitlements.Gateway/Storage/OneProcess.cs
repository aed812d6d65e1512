using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Until revision leases exist one gateway process serves a database: SQLite by a lock file beside it, PostgreSQL by a session advisory
/// lock. A second process is refused at start.
/// </summary>
internal sealed class OneProcess(IOptions<StorageOptions> storage) : IAsyncDisposable
{
    private const long AdvisoryLock = 0x656E7469746C6531; // "entitle1"
    private FileStream? _file;
    private NpgsqlConnection? _session;

    public Task TakeAsync() => storage.Value.IsPostgres ? TakePostgresAsync() : TakeSqliteAsync();

    private Task TakeSqliteAsync()
    {
        var file = new SqliteConnectionStringBuilder(storage.Value.ConnectionString).DataSource;
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }
        try
        {
            _file = new FileStream($"{file}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException inUse)
        {
            throw new StorageInUseException(
                $"The database file {file} is in use by another process. SQLite serves one process: stop the other, or use PostgreSQL.",
                inUse
            );
        }
        return Task.CompletedTask;
    }

    private async Task TakePostgresAsync()
    {
        _session = new(new NpgsqlConnectionStringBuilder(storage.Value.ConnectionString) { Pooling = false, KeepAlive = 5 }.ConnectionString);
        await _session.OpenAsync();
        await using var take = new NpgsqlCommand("select pg_try_advisory_lock($1)", _session) { Parameters = { new() { Value = AdvisoryLock } } };
        if (await take.ExecuteScalarAsync() is not true)
        {
            throw new StorageInUseException("Another gateway process serves this database. This version runs as one process: stop the other first.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _file?.Dispose();
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }
}

/// <summary>Another process holds the database; the message tells the operator what to do.</summary>
internal sealed class StorageInUseException(string message, Exception? inner = null) : Exception(message, inner);
