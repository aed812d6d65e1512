using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Storage;

/// <summary>SQLite serves one process: a lock file beside the database. A second process is refused at start.</summary>
internal sealed class OneProcess(IOptions<StorageOptions> storage) : IDisposable
{
    private FileStream? _file;

    /// <exception cref="StorageInUseException">Another process has it.</exception>
    public void Take()
    {
        if (storage.Value.IsPostgres)
        {
            return;
        }
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
    }

    public void Dispose() => _file?.Dispose();
}

/// <summary>Another process holds the database; the message tells the operator what to do.</summary>
internal sealed class StorageInUseException(string message, Exception? inner = null) : Exception(message, inner);
