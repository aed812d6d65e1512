using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>Takes back a change that nobody decided yet: its proposer's alone to do, by person.</summary>
internal sealed class WithdrawChange(Writes writes)
{
    /// <remarks>Under the revision lock, so that it cannot cross the deciding vote.</remarks>
    public Task<WriteOutcome> WithdrawAsync(WriteRequest request, string id) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var change = await scope.Db.Changes.SingleOrDefaultAsync(c => c.Id == id);
            if (Objection(request, change) is { } objection)
            {
                return scope.Abandon(objection);
            }
            change!.State = ChangeState.Withdrawn;
            change.DecidedAt = scope.Now;
            scope.AuditIn(
                change.EvidenceTenants(),
                "change.withdrawn",
                request.Caller.Key,
                change.Id,
                new
                {
                    change.Kind,
                    change.Hash,
                    reason = request.Reason,
                }
            );
            scope.Tell("change.decided", change.Tenant, new { change = change.Id, state = change.State });
            var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, new { change = change.Id, state = change.State });
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static WriteOutcome? Objection(WriteRequest request, ChangeRow? change) =>
        change switch
        {
            null => WriteOutcome.Refuse("not_found", "There is no such change here.", StatusCodes.Status404NotFound),
            _ when !ChangeVisibility.MaySee(request.Caller, change) => WriteOutcome.Refuse(
                "not_found",
                "There is no such change here.",
                StatusCodes.Status404NotFound
            ),
            _ when request.Caller.HumanId != change.ProposerPerson => WriteOutcome.Refuse(
                "not_proposer",
                "Only who proposed a change withdraws it; a voter rejects it.",
                StatusCodes.Status403Forbidden
            ),
            { State: not ChangeState.Proposed } => WriteOutcome.Refuse(
                "change_decided",
                $"The change is {change.State.ToString().ToLowerInvariant()} already."
            ),
            _ => null,
        };
}
