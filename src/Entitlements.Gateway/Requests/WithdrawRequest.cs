using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>The requester no longer wants it, or not for so long: an open request is withdrawn, a granted one handed back or shortened, at once.</summary>
internal sealed class WithdrawRequest(Writes writes)
{
    /// <summary>For who filed it, or asked: only while it is open.</summary>
    public Task<WriteOutcome> CancelAsync(WriteRequest request, string id) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var outcome = await CloseAsync(scope, request, (await StoredRequest.LockAsync(scope, id))!, until: null);
            if (outcome is WriteOutcome.Refused)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    /// <param name="until">The earlier end; null: now.</param>
    public Task<WriteOutcome> WithdrawAsync(WriteRequest request, string id, DateTimeOffset? until) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var row = await StoredRequest.LockAsync(scope, id);
            if (row is null || !await RequestSight.MaySeeAsync(scope.Db, request.Caller, row, scope.Now))
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
            }
            if (request.Caller is not Caller.Person { SubjectKey: { } key } || key != row.SubjectKey)
            {
                return scope.Abandon(WriteOutcome.Refuse("not_requester", "Only who asked withdraws; an approver denies.", StatusCodes.Status403Forbidden));
            }
            var outcome = row.Status == RequestStatus.Granted ? await EndAsync(scope, request, row, until) : await CloseAsync(scope, request, row, until);
            if (outcome is WriteOutcome.Refused)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static async Task<WriteOutcome> CloseAsync(WriteScope scope, WriteRequest request, AccessRequestRow row, DateTimeOffset? until)
    {
        var asked = await StoredRequest.ReadAsync(scope.Db, row);
        var facts = new RequestFacts(scope.Now, null, false, [], WorkingCalendar.AroundTheClock); // withdrawing looks at nothing
        var step = RequestMachine.Next(asked, new RequestEvent.Withdrawn(), facts);
        if (step.Refusal is not null || until is not null)
        {
            return WriteOutcome.Refuse("request_decided", "There is nothing granted to shorten, and nothing open to withdraw.");
        }
        await StoredRequest.SaveAsync(scope, row, step, request.Caller.Key, request.Reason);
        return new WriteOutcome.Done(scope.Revision, Narrowed: false, row.Version, new { request = row.Id, status = row.Status });
    }

    private static async Task<WriteOutcome> EndAsync(WriteScope scope, WriteRequest request, AccessRequestRow row, DateTimeOffset? until)
    {
        var held = await scope.Db.Assignments.SingleOrDefaultAsync(a => a.Origin == row.Id && a.SubjectKey == row.SubjectKey);
        if (held is null || !AssignmentEnds.IsUnended(held, scope.Now))
        {
            return WriteOutcome.Refuse("grant_ended", "What was granted has ended already.");
        }
        if (until is { } earlier)
        {
            if (earlier <= scope.Now || earlier <= held.NotBefore || earlier >= held.NotAfter)
            {
                return WriteOutcome.Refuse("window_empty", "until must lie in the future and before the end that was granted.");
            }
            var freed = new Freed(held, earlier, held.NotAfter);
            held.NotAfter = earlier;
            held.Version++;
            await scope.Db.SaveChangesAsync();
            await IncompatibleRoles.HoldBackAsync(scope, held.Suspended ? [] : [freed]);
        }
        else
        {
            await AssignmentEnds.EndAllAsync(scope, [held]);
        }
        row.GrantedUntil = until ?? scope.Now;
        row.Version++;
        var subject = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.SubjectKey);
        scope.Invalidate(await RolesOf.HoldingScopesAsync(scope.Db, row.Tenant, row.Role, subject.Id));
        await scope.RaiseGuardAsync(row.Tenant);
        scope.Audit(until is null ? "grant.handed_back" : "grant.shortened", row.Tenant, request.Caller.Key, row.Id, new { until, reason = request.Reason });
        scope.Tell("access.changed", row.Tenant, new { what = "grant", narrows = true });
        return new WriteOutcome.Done(
            scope.Revision,
            Narrowed: true,
            row.Version,
            new
            {
                request = row.Id,
                status = row.Status,
                until = row.GrantedUntil,
            }
        );
    }
}
