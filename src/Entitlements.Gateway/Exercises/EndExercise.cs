using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary>Ends an exercise before its time, at once on every replica. What is left of it is deleted afterwards.</summary>
internal sealed class EndExercise(Writes writes)
{
    public Task<WriteOutcome> EndAsync(WriteRequest request, string tenant, string exercise) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            if (await scope.Db.Exercises.SingleOrDefaultAsync(e => e.Id == exercise && e.Tenant == tenant) is not { } row)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
            }
            if (row.EndedAt is not null || row.Until <= scope.Now)
            {
                return scope.Abandon(WriteOutcome.Refuse("exercise_over", "The exercise is over already."));
            }
            await EndAsync(scope, request, row);
            var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: true, Version: 0, new { exercise });
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static async Task EndAsync(WriteScope scope, WriteRequest request, ExerciseRow row)
    {
        // an instant that has passed by everyone's clock: "now" has not, by that of a replica which lags
        await scope.Db.Tenants.Where(t => t.Id == row.Id).ExecuteUpdateAsync(set => set.SetProperty(t => t.ExerciseUntil, row.StartedAt));
        (row.EndedAt, row.EndedBy) = (scope.Now, request.Caller.Key);
        scope.Invalidate(Evidence.Exercises, Evidence.Tenant(row.Id));
        await scope.RaiseGuardAsync(row.Id);
        scope.Audit("exercise.ended", row.Tenant, request.Caller.Key, $"exercise/{row.Id}", new { reason = request.Reason });
    }
}
