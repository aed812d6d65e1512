using System.Data.Common;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Entitlements.Gateway.Access;

/// <summary>Facts as they are inside a transaction, what it has not committed included: for trying a write out. Never for a decision: no lease stands behind them.</summary>
internal static class TriedFacts
{
    /// <summary>Questions to a statement on PostgreSQL; on SQLite it is one.</summary>
    private const int Together = 256;

    /// <returns>In the order of <paramref name="asks"/>.</returns>
    public static IAsyncEnumerable<Truth> ReadAsync(EntitlementsDb db, IReadOnlyList<EvaluationRequest> asks, DateTimeOffset now)
    {
        var transaction = db.Database.CurrentTransaction ?? throw new InvalidOperationException("Facts are tried in a transaction.");
        return db.Database.IsNpgsql() ? ReadTogetherAsync(db, transaction, asks, now) : ReadOneByOneAsync(transaction, asks, now);
    }

    private static async IAsyncEnumerable<Truth> ReadTogetherAsync(
        EntitlementsDb db,
        IDbContextTransaction transaction,
        IReadOnlyList<EvaluationRequest> asks,
        DateTimeOffset now
    )
    {
        await transaction.CreateSavepointAsync("tried_facts");
        await db.Database.ExecuteSqlRawAsync(Databases.PlanForReading);
        foreach (var some in asks.Chunk(Together))
        {
            await using var command = FactsStatement.For(db.Database.GetDbConnection(), some, now);
            command.Transaction = transaction.GetDbTransaction();
            await command.PrepareAsync(); // once a connection
            foreach (var (ask, its) in some.Zip(await ReadAsync(command, some.Length)))
            {
                yield return its.Assemble(ask, mayAsk: true);
            }
        }
        await transaction.RollbackToSavepointAsync("tried_facts"); // what else is done here is planned as ever
    }

    private static async IAsyncEnumerable<Truth> ReadOneByOneAsync(IDbContextTransaction transaction, IReadOnlyList<EvaluationRequest> asks, DateTimeOffset now)
    {
        if (asks.Count == 0)
        {
            yield break;
        }
        var within = transaction.GetDbTransaction();
        await using var command = (SqliteCommand)FactsStatement.For(within.Connection!, [asks[0]], now);
        command.Transaction = (SqliteTransaction)within;
        foreach (var ask in asks)
        {
            FactsStatement.AskNext(command, ask);
            yield return (await ReadAsync(command, 1))[0].Assemble(ask, mayAsk: true);
        }
    }

    private static async Task<FactsParts[]> ReadAsync(DbCommand command, int asks)
    {
        FactsParts[] parts = [.. Enumerable.Range(0, asks).Select(_ => new FactsParts())];
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            FactsParts.Take(row, parts);
        }
        return parts;
    }
}
