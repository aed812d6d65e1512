using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Entitlements.Gateway.Exercises;

/// <summary>Copies a force into its exercise, and takes an exercise away, each table by one statement: a force of thousands in seconds.</summary>
internal static class ExerciseCopy
{
    /// <summary>Copies everything that is copied, inside the transaction of <paramref name="scope"/>. The exercise's tenant is there already.</summary>
    /// <returns>How many rows each table got.</returns>
    public static async Task<SortedDictionary<string, long>> CopyAsync(WriteScope scope, string force, string exercise)
    {
        var copied = new SortedDictionary<string, long>(StringComparer.Ordinal);
        object[] values = [force, exercise, Instants.ToParameter(scope.Earliest, scope.Db.Database.IsNpgsql()), ExerciseNames.MarkOf(exercise)];
        foreach (var table in ExerciseTables.All)
        {
            var statement = table.Statement ?? (table.Copied is null ? null : StatementOf(scope.Db, table));
            if (statement is not null)
            {
                copied[TypeOf(scope.Db, table).GetTableName()!] = await scope.Db.Database.ExecuteSqlRawAsync(statement, values);
            }
        }
        return copied;
    }

    /// <summary>Deletes at most <paramref name="most"/> rows of <paramref name="exercise"/>, those first on which no others rest.</summary>
    /// <returns>How many of each table; fewer than <paramref name="most"/> together when nothing is left.</returns>
    public static async Task<Dictionary<string, long>> DeleteAsync(EntitlementsDb db, string exercise, int most)
    {
        var deleted = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in ExerciseTables.All.Reverse())
        {
            var type = TypeOf(db, table);
            var (name, keys) = (type.GetTableName()!, string.Join(", ", type.FindPrimaryKey()!.Properties.Select(Quoted)));
            var statement = $"delete from \"{name}\" where ({keys}) in (select {keys} from \"{name}\" where {table.Theirs} limit {{1}})";
            var rows = await db.Database.ExecuteSqlRawAsync(statement, exercise, most);
            if (rows > 0)
            {
                deleted[name] = rows;
                most -= rows;
            }
            if (most == 0)
            {
                break;
            }
        }
        return deleted;
    }

    /// <summary>Every column that the model knows, but what the database numbers: one that is added later is copied, too.</summary>
    private static string StatementOf(EntitlementsDb db, ExerciseTable table)
    {
        var type = TypeOf(db, table);
        var columns = type.GetProperties().Where(p => !(p.ValueGenerated == ValueGenerated.OnAdd && p.ClrType == typeof(long))).ToList();
        var values = columns.Select(p => table.Instead.TryGetValue(p.GetColumnName(), out var other) ? other : $"o.{Quoted(p)}");
        return $"insert into \"{type.GetTableName()}\" ({string.Join(", ", columns.Select(Quoted))}) "
            + $"select {string.Join(", ", values)} from \"{type.GetTableName()}\" o {table.With}where {table.Copied}";
    }

    private static IEntityType TypeOf(EntitlementsDb db, ExerciseTable table) =>
        db.Model.FindEntityType(table.Row) ?? throw new InvalidOperationException($"{table.Row} is not a row");

    private static string Quoted(IProperty property) => $"\"{property.GetColumnName()}\"";
}
