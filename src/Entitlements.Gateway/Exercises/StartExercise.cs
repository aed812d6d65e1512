using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary>Copies a force for a drill: a tenant with its people, rules and rotas as they are now, in which nothing real can come of anything.</summary>
internal sealed class StartExercise(Writes writes)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    /// <remarks>Under the revision counter, so that the copy is of one moment, and of two that start at the same time one does.</remarks>
    public Task<WriteOutcome> StartAsync(WriteRequest request, string tenant, string name, DateTimeOffset until) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            if (await ObjectionAsync(scope, tenant, until) is { } refusal)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refusal));
            }
            var id = await StartAsync(scope, request, tenant, name, until);
            var outcome = new WriteOutcome.Created(
                $"/v1/tenants/{tenant}/exercises/{id}",
                new
                {
                    exercise = id,
                    until = until.UtcDateTime,
                    revision = scope.Revision,
                }
            );
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static async Task<string> StartAsync(WriteScope scope, WriteRequest request, string tenant, string name, DateTimeOffset until)
    {
        var id = ExerciseNames.NewId(tenant);
        var issuer = await scope.Db.Tenants.Where(t => t.Id == tenant).Select(t => t.Issuer).SingleAsync();
        scope.Db.Tenants.Add(
            new()
            {
                Id = id,
                Name = name,
                Issuer = ExerciseNames.IssuerIn(id, issuer),
                ExerciseOf = tenant,
                ExerciseUntil = until,
            }
        );
        await scope.Db.SaveChangesAsync();
        var copied = await ExerciseCopy.CopyAsync(scope, tenant, id);
        scope.Db.Exercises.Add(
            new()
            {
                Id = id,
                Tenant = tenant,
                Name = name,
                Reason = request.Reason!,
                StartedBy = request.Caller.Key,
                StartedAt = scope.Earliest,
                Until = until,
                Copied = StoredJson.Write(copied),
                Deleted = "{}",
            }
        );
        scope.Invalidate(Evidence.Exercises);
        scope.Audit(
            "exercise.started",
            tenant,
            request.Caller.Key,
            $"exercise/{id}",
            new
            {
                name,
                until,
                reason = request.Reason,
                copied,
            }
        );
        return id;
    }

    private static async Task<Refusal?> ObjectionAsync(WriteScope scope, string tenant, DateTimeOffset until)
    {
        if (until <= scope.Now || until > scope.Now + Longest)
        {
            return new("invalid_body", "The exercise's end is not one.", StatusCodes.Status400BadRequest)
            {
                Errors = [("/until", FormattableString.Invariant($"must lie in the future, at most {Longest.Days} days ahead"))],
            };
        }
        if (!await scope.Db.Tenants.AnyAsync(t => t.Id == tenant && t.ExerciseOf == null))
        {
            return Weight.NotFound.Refusal; // no exercise of an exercise
        }
        var running = await scope.Db.Tenants.Where(t => t.ExerciseOf == tenant && t.ExerciseUntil > scope.Now).Select(t => t.Id).FirstOrDefaultAsync();
        return running is null
            ? null
            : new("exercise_running", "One exercise at a time: end the one that runs first.", StatusCodes.Status409Conflict)
            {
                Members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["exercise"] = running },
            };
    }
}
