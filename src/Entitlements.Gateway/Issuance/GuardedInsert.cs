using System.Data.Common;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Issuance;

/// <summary>What became of a guarded insert.</summary>
internal enum GuardedOutcome
{
    /// <summary>Every row is in, and nothing that could take the right away was committed since it was judged.</summary>
    Recorded,

    /// <summary>A guard was raised since the facts were read: nothing is in, judge again.</summary>
    Overtaken,

    /// <summary>One of the rows is there already: nothing is in.</summary>
    Duplicate,
}

/// <summary>
/// Inserts an entitlement or a redemption with its audit record, or nothing, and only where the guards still are what the judgement saw, and never in an exercise.
/// PostgreSQL: one statement that reads the guards FOR SHARE, so that a frozen process never holds up a revocation. SQLite: one transaction,
/// the only writer.
/// </summary>
internal sealed class GuardedInsert(EntitlementsDb db, IOptions<StorageOptions> storage, SqliteWriter sqlite)
{
    /// <param name="rows">In the order they are inserted; the first is what the others tell of. No cancellation: a commit that was begun is never called off.</param>
    public async Task<GuardedOutcome> TryAsync(string tenant, Truth judgedBy, params IReadOnlyList<object> rows)
    {
        try
        {
            return storage.Value.IsPostgres ? await InOneStatementAsync(tenant, judgedBy, rows) : await InOneTransactionAsync(tenant, judgedBy, rows);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return GuardedOutcome.Duplicate;
        }
        catch (SqliteException taken) when (taken.SqliteExtendedErrorCode is 1555 or 2067) // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE
        {
            return GuardedOutcome.Duplicate;
        }
    }

    private const string InEarnest = "not exists (select 1 from tenant where id = @tenant and exercise_of is not null)";

    private async Task<GuardedOutcome> InOneStatementAsync(string tenant, Truth judgedBy, IReadOnlyList<object> rows)
    {
        if (judgedBy.TenantGuard == 0) // perhaps not there yet, and what is not there cannot be locked
        {
            await db.Database.ExecuteSqlAsync($"insert into tenant_guard (tenant, rev) values ({tenant}, 0) on conflict (tenant) do nothing");
        }
        await db.Database.OpenConnectionAsync();
        try
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            var parts = rows.Select(
                    (row, i) =>
                    {
                        var (columns, values) = Values(command, row, i);
                        var source = i == 0 ? "from tg, gg where tg.rev = @tg and gg.rev = @gg" : "from r0";
                        return $"r{i} as (insert into {TableOf(row)} ({columns}) select {values} {source} returning 1)";
                    }
                )
                .ToList();
            command.CommandText = $"""
                with tg as (select rev from tenant_guard where tenant = @tenant and {InEarnest} for share),
                gg as (select rev from global_guard for share),
                {string.Join(",\n", parts)}
                select count(*) from r0
                """;
            BindGuards(command, tenant, judgedBy);
            using var watch = new CommitWatch(db.Database.GetDbConnection());
            var inserted = await command.ExecuteScalarAsync() is 1L;
            watch.ThrowIfDoubtful();
            return inserted ? GuardedOutcome.Recorded : GuardedOutcome.Overtaken;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private async Task<GuardedOutcome> InOneTransactionAsync(string tenant, Truth judgedBy, IReadOnlyList<object> rows)
    {
        using var turn = await sqlite.TakeTurnAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await using var guards = Command(transaction);
        guards.CommandText =
            $"select coalesce((select rev from tenant_guard where tenant = @tenant), 0) = @tg and (select rev from global_guard) = @gg and {InEarnest}";
        BindGuards(guards, tenant, judgedBy);
        if (await guards.ExecuteScalarAsync() is not 1L)
        {
            return GuardedOutcome.Overtaken;
        }
        for (var i = 0; i < rows.Count; i++)
        {
            await using var insert = Command(transaction);
            var (columns, values) = Values(insert, rows[i], i);
            insert.CommandText = $"insert into {TableOf(rows[i])} ({columns}) values ({values})";
            await insert.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
        return GuardedOutcome.Recorded;
    }

    private DbCommand Command(IDbContextTransaction transaction)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = transaction.GetDbTransaction();
        return command;
    }

    private static void BindGuards(DbCommand command, string tenant, Truth judgedBy)
    {
        foreach (var (name, value) in new (string, object)[] { ("tenant", tenant), ("tg", judgedBy.TenantGuard), ("gg", judgedBy.GlobalGuard) })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
    }

    /// <summary>Columns and parameters of a row, by the very mappings that read it back.</summary>
    private (string Columns, string Values) Values(DbCommand command, object row, int index)
    {
        List<string> columns = [],
            values = [];
        foreach (var property in TypeOf(row).GetProperties())
        {
            var value = property.GetGetter().GetClrValue(row);
            if (property.ValueGenerated == ValueGenerated.OnAdd && value is 0L)
            {
                continue; // the database numbers it
            }
            var name = $"r{index}_{columns.Count}";
            command.Parameters.Add(property.GetRelationalTypeMapping().CreateParameter(command, name, value, property.IsNullable));
            columns.Add(property.GetColumnName());
            values.Add("@" + name);
        }
        return (string.Join(", ", columns), string.Join(", ", values));
    }

    private string TableOf(object row) => TypeOf(row).GetTableName()!;

    private IEntityType TypeOf(object row) => db.Model.FindEntityType(row.GetType()) ?? throw new InvalidOperationException($"{row.GetType()} is not a row");
}
