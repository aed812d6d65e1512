using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Entitlements.Gateway.Storage;

/// <summary>How each database is spoken to.</summary>
internal static class Databases
{
    public static void UsePostgres(DbContextOptionsBuilder db, string connectionString) =>
        db.UseNpgsql(WithSafeDefaults(connectionString), npgsql => npgsql.MigrationsHistoryTable("migration")).UseSnakeCaseNamingConvention();

    public static void UseSqlite(DbContextOptionsBuilder db, string connectionString)
    {
        var folder = Path.GetDirectoryName(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(connectionString).DataSource);
        if (!string.IsNullOrEmpty(folder))
        {
            Directory.CreateDirectory(folder);
        }
        db.UseSqlite(connectionString, sqlite => sqlite.MigrationsHistoryTable("migration")).UseSnakeCaseNamingConvention();
    }

    /// <summary>A cancel during a synchronous-replication wait would make a commit return success, so Npgsql never sends one; a stuck transaction may hold locks for 5 s at most.</summary>
    private static string WithSafeDefaults(string connectionString)
    {
        var builder = new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { CancellationTimeout = -1 };
        builder.Options = $"{builder.Options} -c idle_in_transaction_session_timeout=5s".Trim();
        return builder.ConnectionString;
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
