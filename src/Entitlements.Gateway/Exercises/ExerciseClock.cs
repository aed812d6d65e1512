using System.Text.Json;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary>
/// Deletes exercises that are over, batch by batch, and records it. That they are over everyone sees for themself, whether or not this has come by. Any
/// number of replicas may run it, and each may die between two batches: each batch is one transaction with its count.
/// </summary>
internal sealed class ExerciseClock(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ExerciseClock> log)
    : Worker("The deletion of exercises", TimeSpan.FromMinutes(1), scopes, clock, log)
{
    private const int Batch = 1_000;
    private const string Machine = "machine:entitlements";

    /// <remarks>One that cannot be deleted, since another worker has just written there, is over all the same; it holds up no other.</remarks>
    protected override async Task ActAsync(CancellationToken stopping)
    {
        var faults = new List<Exception>();
        foreach (var exercise in await OverAsync())
        {
            try
            {
                while (await PassAsync(exercise) && !stopping.IsCancellationRequested) { }
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }
        if (faults.Count > 0)
        {
            throw new AggregateException(faults);
        }
    }

    /// <summary>Exercises that are over by every replica's clock and not deleted yet.</summary>
    internal async Task<IReadOnlyList<string>> OverAsync()
    {
        await using var scope = Scopes.CreateAsyncScope();
        var now = Clock.Earliest();
        return await scope
            .ServiceProvider.GetRequiredService<EntitlementsDb>()
            .Tenants.Where(t => t.ExerciseOf != null && t.ExerciseUntil <= now)
            .OrderBy(t => t.Id)
            .Select(t => t.Id)
            .ToListAsync();
    }

    /// <summary>Deletes one batch of it; false when it is gone.</summary>
    internal Task<bool> PassAsync(string exercise, int most = Batch) => RecordAsync(write => DeleteAsync(write, exercise, most));

    private static async Task<bool> DeleteAsync(WriteScope write, string exercise, int most)
    {
        await write.AloneAsync($"exercise/{exercise}");
        var tenant = await write.Db.Tenants.SingleOrDefaultAsync(t => t.Id == exercise && t.ExerciseOf != null && t.ExerciseUntil <= write.Earliest);
        if (tenant is null)
        {
            return write.Abandon(false); // another replica was faster
        }
        var row = await write.Db.Exercises.SingleAsync(e => e.Id == exercise);
        if (row.EndedAt is null)
        {
            row.EndedAt = row.Until;
            write.Audit("exercise.ended", row.Tenant, Machine, $"exercise/{row.Id}", new { reason = "its time was over" });
        }
        var deleted = await ExerciseCopy.DeleteAsync(write.Db, exercise, most);
        var all = JsonSerializer.Deserialize<SortedDictionary<string, long>>(row.Deleted)!;
        foreach (var (table, rows) in deleted)
        {
            all[table] = all.GetValueOrDefault(table) + rows;
        }
        row.Deleted = StoredJson.Write(all);
        if (deleted.Values.Sum() < most)
        {
            write.Db.Tenants.Remove(tenant);
            row.DeletedAt = write.Now;
            write.Audit("exercise.deleted", row.Tenant, Machine, $"exercise/{row.Id}", new { deleted = all });
        }
        return row.DeletedAt is null;
    }
}
