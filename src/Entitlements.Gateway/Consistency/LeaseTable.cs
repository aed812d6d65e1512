using System.Text.Json;
using Npgsql;

namespace Entitlements.Gateway.Consistency;

/// <summary>What the primary said to a renewal, from one snapshot.</summary>
/// <param name="Seen">The revision.</param>
/// <param name="Timeline">First eight digits of the WAL file's name: changes with each promotion.</param>
/// <param name="Time">Its clock.</param>
/// <param name="SafeMode">Somebody found this database gone back in time.</param>
/// <param name="Recoveries">How often an operator recovered it since.</param>
/// <param name="QueueUsed">Share of the queue of notifications that is in use, 0 to 1.</param>
internal sealed record Renewal(long Seen, string Timeline, DateTimeOffset Time, bool SafeMode, long Recoveries, double QueueUsed = 0);

/// <summary>What one revision may have changed.</summary>
internal sealed record Invalidation(long Revision, IReadOnlyCollection<string> Scopes);

/// <summary>The lease loop's side of the database. Blocking calls, all on the loop's own thread and connection.</summary>
internal interface ILeaseTable : IDisposable
{
    /// <summary>Publishes the claim, before anything is read under it.</summary>
    void Claim(Guid inc);

    /// <summary>Null: the claim was swept.</summary>
    /// <exception cref="System.Data.Common.DbException">Nothing was granted.</exception>
    Renewal? Renew(Guid inc, long confirmed);

    /// <summary>All revisions after <paramref name="after"/> up to <paramref name="upTo"/>, ascending; fewer when some are not kept any more.</summary>
    IReadOnlyList<Invalidation> Between(long after, long upTo);

    /// <summary>Returns when there may be news, or after <paramref name="atMost"/>. News may be lost; a renewal finds out all the same.</summary>
    void WaitForNews(TimeSpan atMost);

    /// <summary>Marks the database: no replica allows anything on it until an operator recovers it.</summary>
    void EnterSafeMode(string why);

    /// <summary>Gives the claim up.</summary>
    void Withdraw(Guid inc);
}

/// <summary>PostgreSQL's lease table, on one session of its own: never through a pooler, never read-only, commits waited for.</summary>
internal sealed class LeaseTable : ILeaseTable
{
    /// <summary>Channel on which a commit tells that it raised the revision. A hint: what counts is read at the renewal.</summary>
    public const string Channel = "entitlements_inval";

    /// <summary>The timeline of the server that answers; fails on one that is still a standby.</summary>
    /// <remarks>pg_control_checkpoint() lags behind on a server just promoted.</remarks>
    public const string Timeline = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

    private readonly NpgsqlConnection _session;
    private readonly DurabilityGate _durability;
    private readonly string _name;

    public LeaseTable(string connectionString, TimeSpan lease, DurabilityGate durability, string name)
    {
        (_durability, _name) = (durability, name);
        var seconds = Math.Max(1, (int)Math.Ceiling(lease.TotalSeconds));
        _session = new(
            new NpgsqlConnectionStringBuilder(Storage.Databases.WithSafeDefaults(connectionString, "-c lock_timeout=1s"))
            {
                Pooling = false,
                Timeout = seconds,
                CommandTimeout = seconds,
                ApplicationName = "entitlements-lease",
            }.ConnectionString
        );
        _session.Open();
        Execute($"listen {Channel}");
        durability.Check(_session);
    }

    public void Claim(Guid inc) =>
        Durably("insert into replica_lease (inc, replica, seq, conf) values ($1, $2, 0, -1)", command => command.ExecuteNonQuery(), inc, _name);

    public Renewal? Renew(Guid inc, long confirmed) =>
        Durably(
            $"""
            update replica_lease set seq = seq + 1, conf = $2 where inc = $1
            returning (select rev from authz_rev), {Timeline}, clock_timestamp(),
              (select safe_mode_since is not null from installation), (select recoveries from installation), {_durability.Probe}, pg_notification_queue_usage()
            """,
            command =>
            {
                using var row = command.ExecuteReader();
                if (!row.Read())
                {
                    return null;
                }
                return row.GetBoolean(5)
                    ? new Renewal(row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2), row.GetBoolean(3), row.GetInt64(4), row.GetDouble(6))
                    : throw new NoLeaseException("The database no longer waits for its standby: synchronous_standby_names is empty.");
            },
            inc,
            confirmed
        );

    public IReadOnlyList<Invalidation> Between(long after, long upTo)
    {
        using var command = Command("select rev, scopes from inval where rev > $1 and rev <= $2 order by rev", after, upTo);
        using var rows = command.ExecuteReader();
        var all = new List<Invalidation>();
        while (rows.Read())
        {
            all.Add(new(rows.GetInt64(0), ScopesOf(rows.GetString(1))));
        }
        return all;
    }

    /// <summary>What cannot be read may have changed anything.</summary>
    private static string[] ScopesOf(string stored)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(stored) ?? [Evidence.Everything];
        }
        catch (JsonException)
        {
            return [Evidence.Everything];
        }
    }

    public void WaitForNews(TimeSpan atMost) => _session.Wait(atMost);

    public void EnterSafeMode(string why) =>
        Durably(
            """
            with marked as (update installation set safe_mode_since = clock_timestamp() where safe_mode_since is null returning 1)
            insert into audit_event (kind, tenant, actor, target, details, at, revision)
            select 'safe_mode.entered', null, 'machine:entitlements', 'installation', jsonb_build_object('why', $1::text)::text, clock_timestamp(), (select rev from authz_rev)
            from marked
            """,
            command => command.ExecuteNonQuery(),
            why
        );

    public void Withdraw(Guid inc) => Durably("delete from replica_lease where inc = $1", command => command.ExecuteNonQuery(), inc);

    public void Dispose() => _session.Dispose();

    /// <summary>A commit whose wait for the standby was broken off comes back as success with a warning: it is none.</summary>
    private T Durably<T>(string statement, Func<NpgsqlCommand, T> run, params object[] values)
    {
        using var watch = new Storage.CommitWatch(_session);
        using var command = Command(statement, values);
        var result = run(command);
        watch.ThrowIfDoubtful();
        return result;
    }

    private void Execute(string statement)
    {
        using var command = Command(statement);
        command.ExecuteNonQuery();
    }

    private NpgsqlCommand Command(string statement, params object[] values)
    {
        var command = new NpgsqlCommand(statement, _session);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }
        return command;
    }
}
