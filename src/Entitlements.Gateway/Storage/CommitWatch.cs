using System.Data.Common;
using Npgsql;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Watches one connection over one commit. When the wait for a synchronous standby is broken off, PostgreSQL reports the commit as done, with
/// only a warning beside it: the standby may not have it, and a failover would undo it.
/// </summary>
/// <remarks>Any warning counts: its text is in the server's language.</remarks>
internal sealed class CommitWatch : IDisposable
{
    private readonly NpgsqlConnection? _connection;
    private string? _warning;

    /// <param name="connection">On SQLite there is nothing to watch.</param>
    public CommitWatch(DbConnection connection)
    {
        _connection = connection as NpgsqlConnection;
        if (_connection is not null)
        {
            _connection.Notice += Note;
        }
    }

    /// <exception cref="CommitInDoubtException">The commit may not survive a failover. The connection is of no more use.</exception>
    public void ThrowIfDoubtful()
    {
        if (_warning is { } warning)
        {
            NpgsqlConnection.ClearPool(_connection!);
            throw new CommitInDoubtException(warning);
        }
    }

    public void Dispose()
    {
        if (_connection is not null)
        {
            _connection.Notice -= Note;
        }
    }

    private void Note(object sender, NpgsqlNoticeEventArgs told)
    {
        if (told.Notice.InvariantSeverity == "WARNING")
        {
            _warning ??= told.Notice.MessageText;
        }
    }
}

/// <summary>It was committed here, and may be nowhere else. Nothing that rests on it may be told as done.</summary>
internal sealed class CommitInDoubtException(string message) : DbException(message);
