using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace Entitlements.Gateway.Storage;

/// <summary>How each database is spoken to.</summary>
internal static class Databases
{
    public static void UsePostgres(DbContextOptionsBuilder db, string connectionString) =>
        db.UseNpgsql(WithSafeDefaults(connectionString), npgsql => npgsql.MigrationsHistoryTable("migration")).UseSnakeCaseNamingConvention();

    public static void UseSqlite(DbContextOptionsBuilder db, string connectionString)
    {
        var folder = Path.GetDirectoryName(new SqliteConnectionStringBuilder(connectionString).DataSource);
        if (!string.IsNullOrEmpty(folder))
        {
            Directory.CreateDirectory(folder);
        }
        db.UseSqlite(connectionString, sqlite => sqlite.MigrationsHistoryTable("migration")).UseSnakeCaseNamingConvention();
    }

    /// <summary>
    /// A cancel during a synchronous-replication wait would make a commit return success, so Npgsql never sends one; every commit is waited for,
    /// whatever the role or the database has set; a stuck transaction may hold locks for 5 s at most.
    /// </summary>
    /// <param name="more">More options of the session, each as <c>-c name=value</c>.</param>
    public static string WithSafeDefaults(string connectionString, string more = "")
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { CancellationTimeout = -1 };
        builder.Options = $"{builder.Options} -c synchronous_commit=on -c idle_in_transaction_session_timeout=5s {more}".Trim();
        return builder.ConnectionString;
    }

    /// <summary>The readings behind decisions are planned once and for index look-ups alone, whatever the sizes of the tables are guessed to be.</summary>
    private static readonly string[] ReadingPlans =
    [
        "plan_cache_mode=force_generic_plan",
        "jit=off",
        "enable_seqscan=off",
        "enable_bitmapscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
    ];

    /// <summary>A statement that plans like that until its transaction, or savepoint, is undone or ends.</summary>
    public static readonly string PlanForReading = string.Join("; ", ReadingPlans.Select(plan => $"set local {plan}"));

    /// <summary>
    /// Makes connections for the prepared readings behind decisions, which are planned as <see cref="ReadingPlans"/> say; nothing of a session's state is ever changed, so nothing is reset when it goes back to the pool.
    /// </summary>
    public static Func<DbConnection> ForReading(StorageOptions storage)
    {
        if (!storage.IsPostgres)
        {
            return () => new SqliteConnection(storage.ConnectionString);
        }
        var plans = string.Join(' ', ReadingPlans.Select(plan => $"-c {plan}"));
        var text = new NpgsqlConnectionStringBuilder(WithSafeDefaults(storage.ConnectionString!, $"-c default_transaction_read_only=on {plans}"))
        {
            NoResetOnClose = true,
        }.ConnectionString;
        return () => new NpgsqlConnection(text);
    }

    internal sealed class PostgresDesign : IDesignTimeDbContextFactory<PostgresEntitlementsDb>
    {
        public PostgresEntitlementsDb CreateDbContext(string[] args)
        {
            var options = new DbContextOptionsBuilder<PostgresEntitlementsDb>();
            UsePostgres(options, "Host=localhost");
            return new(options.Options);
        }
    }

    internal sealed class SqliteDesign : IDesignTimeDbContextFactory<SqliteEntitlementsDb>
    {
        public SqliteEntitlementsDb CreateDbContext(string[] args)
        {
            var options = new DbContextOptionsBuilder<SqliteEntitlementsDb>();
            UseSqlite(options, "Data Source=design.db");
            return new(options.Options);
        }
    }
}
