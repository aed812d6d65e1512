using System.Text.Json;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary>
/// Deletes exercises that are over, batch by batch, and records it. That they are over everyone sees for themself, whether or not this has come by. Any
/// number of replicas may run it, and each may die between two batches: each batch is one transaction with its count.
/// </summary>
internal sealed partial class ExerciseClock(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ExerciseClock> log) : BackgroundService
{
    private const int Batch = 1_000;
    private const string Machine = "machine:entitlements";
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var exercise in await OverAsync())
            {
                try
                {
                    while (await PassAsync(exercise) && !stoppingToken.IsCancellationRequested) { }
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested) // whatever it is: one that escaped would end the host
                {
                    Postponed(exercise, fault.GetType().Name); // a worker may just have written there: the next time it cannot
                }
            }
        }
    }

    /// <summary>Exercises that are over by every replica's clock and not deleted yet.</summary>
    internal async Task<IReadOnlyList<string>> OverAsync()
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var now = clock.Earliest();
            return await scope
                .ServiceProvider.GetRequiredService<EntitlementsDb>()
                .Tenants.Where(t => t.ExerciseOf != null && t.ExerciseUntil <= now)
                .OrderBy(t => t.Id)
                .Select(t => t.Id)
                .ToListAsync();
        }
        catch (Exception fault) // the database is away
        {
            Postponed("(any)", fault.GetType().Name);
            return [];
        }
    }

    /// <summary>Deletes one batch of it; false when it is gone.</summary>
    internal async Task<bool> PassAsync(string exercise, int most = Batch)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(write => DeleteAsync(write, exercise, most));
    }

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

    [LoggerMessage(LogLevel.Warning, "Exercise {Exercise} could not be deleted ({Fault}); it is over all the same, and what is left of it waits.")]
    private partial void Postponed(string exercise, string fault);
}
