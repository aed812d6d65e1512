using Entitlements.Engine.Requests;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>
/// Puts on record that a grant is not to be renewed, and takes that back. It ends nothing early; but until it is taken back the person gets the role by no
/// request, renewal or not, in no emergency either, from whichever account.
/// </summary>
internal sealed class DoNotRenew(Writes writes)
{
    public Task<WriteOutcome> RecordAsync(WriteRequest request, string id) =>
        ActAsync(
            request,
            id,
            async (scope, row) =>
            {
                if (row.Status != RequestStatus.Granted)
                {
                    return WriteOutcome.Refuse("not_granted", "Only of what was granted it is said that it is not to be renewed.");
                }
                if (row.NotRenewedAt is not null)
                {
                    return WriteOutcome.Refuse("recorded_already", "It is on record already that this is not to be renewed.");
                }
                (row.NotRenewedAt, row.NotRenewedBy, row.NotRenewedBecause) = (scope.Now, request.Caller.HumanId, request.Reason);
                Tell(scope, request, row, "grant.not_to_be_renewed");
                await VoidOpenAsync(scope, row);
                return null;
            }
        );

    public Task<WriteOutcome> UndoAsync(WriteRequest request, string id) =>
        ActAsync(
            request,
            id,
            (scope, row) =>
            {
                if (row.NotRenewedAt is null)
                {
                    return Task.FromResult<WriteOutcome?>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
                }
                if (request.ObjectionTo(row.Version) is { } stale)
                {
                    return Task.FromResult<WriteOutcome?>(new WriteOutcome.Refused(stale));
                }
                if (Text.ReasonFaults(request.Reason, required: true).ToList() is { Count: > 0 } faults)
                {
                    return Task.FromResult<WriteOutcome?>(
                        new WriteOutcome.Refused(new("invalid_body", "", StatusCodes.Status400BadRequest) { Errors = faults })
                    );
                }
                (row.NotRenewedAt, row.NotRenewedBy, row.NotRenewedBecause) = (null, null, null);
                Tell(scope, request, row, "grant.may_be_renewed");
                return Task.FromResult<WriteOutcome?>(null);
            }
        );

    private Task<WriteOutcome> ActAsync(WriteRequest request, string id, Func<WriteScope, AccessRequestRow, Task<WriteOutcome?>> act) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var row = await StoredRequest.LockAsync(scope, id);
            if ((await ObjectionAsync(scope, request.Caller, row) ?? await act(scope, row!)) is { } refused)
            {
                return scope.Abandon(refused);
            }
            var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: false, row!.Version, new { request = row.Id });
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    /// <summary>For who decides on such requests, whoever looks after the tenant's people, and the holder's line manager; never for the holder.</summary>
    private static async Task<WriteOutcome?> ObjectionAsync(WriteScope scope, Caller caller, AccessRequestRow? row)
    {
        var rights = await VotingRights.OfAsync(scope.Db, caller, scope.Now);
        var manages = row is not null && rights.Own.Contains(Approvers.GroupOf(new(ApproverKind.LineManager, ""), row.SubjectKey));
        if (row is null || !(manages || await RequestSight.MaySeeAsync(scope.Db, caller, row, scope.Now)))
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
        }
        if (caller.HumanId is not { } person)
        {
            return WriteOutcome.Refuse("person_required", "Only a person with an employee number on record says so.", StatusCodes.Status403Forbidden);
        }
        if (row.Interested().Contains(person))
        {
            return WriteOutcome.Refuse("own_request", "Nobody says so of what they hold themself.", StatusCodes.Status403Forbidden);
        }
        var may = manages || caller.Holds(Function.RoleAdmin, row.Tenant) || caller.Holds(Function.DataProtectionOfficer, row.Tenant);
        return may || await DecidesAsync(scope, rights, row)
            ? null
            : WriteOutcome.Refuse("not_an_approver", "You are none of those who decide on this.", StatusCodes.Status403Forbidden);
    }

    /// <summary>In their own right, by the policy it was made under or the one in force now.</summary>
    private static async Task<bool> DecidesAsync(WriteScope scope, VotingRights rights, AccessRequestRow row)
    {
        var now = await ApprovalPolicies.FindAsync(scope.Db, row.Tenant, row.Role);
        return new[] { ApprovalPolicies.Read(row.Policy), now?.Policy }
            .OfType<ApprovalPolicy>()
            .SelectMany(p => p.Stages.SelectMany(s => s.Everyone))
            .Any(a => rights.Own.Contains(Approvers.GroupOf(a, row.SubjectKey)));
    }

    private static void Tell(WriteScope scope, WriteRequest request, AccessRequestRow row, string kind)
    {
        row.Version++;
        scope.Audit(kind, row.Tenant, request.Caller.Key, row.Id, new { row.Role, reason = request.Reason });
        scope.Tell(kind, row.Tenant, new { request = row.Id });
        scope.TellPerson(row.SubjectKey, PersonMessage.Notice, isUrgent: false, row.Id);
    }

    /// <summary>What the person has asked for already loses its ground with it.</summary>
    private static async Task VoidOpenAsync(WriteScope scope, AccessRequestRow row)
    {
        await scope.Db.SaveChangesAsync();
        var open = await scope
            .Db.AccessRequests.Where(r => r.IsOpen && r.Tenant == row.Tenant && r.Role == row.Role && r.Person == row.Person)
            .OrderBy(r => r.Id)
            .Select(r => r.Id)
            .ToListAsync();
        foreach (var id in open)
        {
            await OpenRequests.LookAtAsync(scope, id);
        }
    }

    /// <summary>True where it is on record that this person is not to have the role again by a request.</summary>
    public static Task<bool> StandsAgainstAsync(EntitlementsDb db, AccessRequestRow row) =>
        db.AccessRequests.AnyAsync(r => r.Tenant == row.Tenant && r.Role == row.Role && r.Person == row.Person && r.NotRenewedAt != null);
}

/// <summary>Somebody said that it is not to be renewed.</summary>
/// <param name="Person">Who; null where the role is sensitive and the reader need not know.</param>
internal sealed record NoRenewalView(string? Person, string Reason, DateTimeOffset At)
{
    public static NoRenewalView? Of(AccessRequestRow row, bool withheld) =>
        row is { NotRenewedAt: { } at, NotRenewedBecause: { } reason } ? new(withheld ? null : row.NotRenewedBy, reason, at) : null;
}
