using Entitlements.Engine.Requests;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What a voter sends.</summary>
/// <param name="Until">The grant ends no later; null: as asked.</param>
internal sealed record RequestBallot(bool Approves, string Reason, DateTimeOffset? Until);

/// <summary>One person's vote on a request; the deciding one assigns the role, in the same transaction.</summary>
internal sealed class CastRequestVote(Writes writes)
{
    /// <summary>For so long two persons do not approve each other's requests for one role.</summary>
    private static readonly TimeSpan Reciprocity = TimeSpan.FromDays(30);

    public Task<WriteOutcome> CastAsync(WriteRequest request, string id, RequestBallot ballot) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            try
            {
                return await VoteAsync(scope, request, id, ballot);
            }
            catch (RefusedException refused)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
        });

    private static async Task<WriteOutcome> VoteAsync(WriteScope scope, WriteRequest request, string id, RequestBallot ballot)
    {
        var row = await StoredRequest.LockAsync(scope, id);
        if (row is null || !await RequestSight.MaySeeAsync(scope.Db, request.Caller, row, scope.Now))
        {
            return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
        }
        if (ballot.Until <= scope.Now)
        {
            return scope.Abandon(WriteOutcome.Refuse("invalid_request", "until must lie in the future.", StatusCodes.Status400BadRequest));
        }
        var asked = await StoredRequest.ReadAsync(scope.Db, row);
        var vote = await VoteOfAsync(scope, request.Caller, row, asked, ballot);
        var next = asked.State is RequestState.Pending pending ? pending.Stage + 1 : (int?)null;
        var facts = await RequestTruth.ReadAsync(scope, row, asked.Policy, next, new[] { vote.Person, vote.OnBehalfOf }.OfType<string>());
        var step = RequestMachine.Next(asked, vote, facts);
        if (step.Refusal is { } refusal && step.Request == asked)
        {
            return scope.Abandon(RefusalOf(refusal, row));
        }
        if (step.Request.Votes.Length > asked.Votes.Length)
        {
            var isRestricted = await scope.Db.Roles.AnyAsync(r => r.Tenant == row.Tenant && r.Id == row.Role && r.Restricted);
            if (isRestricted && StepUp.ObjectionTo(request.Caller, scope.Now) is { } weak)
            {
                throw new RefusedException(weak);
            }
            Record(scope, request.Caller, row, step.Request.Votes[^1], ballot, isRestricted ? StepUp.EvidenceOf(request.Caller) : null);
        }
        await StoredRequest.SaveAsync(scope, row, step, request.Caller.Key, ballot.Reason);
        if (step.Effects.Contains(RequestEffect.Grant))
        {
            await scope.Db.SaveChangesAsync();
            await GrantRole.GrantAsync(scope, row, step.Request, request.Caller.Key);
        }
        if (step.Refusal is { } late)
        {
            return RefusalOf(late, row); // and what it became is kept
        }
        var outcome = new WriteOutcome.Done(scope.Revision, Narrowed: false, row.Version, new { request = row.Id, status = row.Status });
        Idempotency.Keep(scope, request, outcome);
        return outcome;
    }

    /// <summary>The voter as they are at this moment: who lost a role since they were asked is no approver any more.</summary>
    private static async Task<RequestEvent.Voted> VoteOfAsync(WriteScope scope, Caller caller, AccessRequestRow row, AccessRequest asked, RequestBallot ballot)
    {
        var isAtHome = caller is Caller.Person { Tenant: { } tenant } && tenant == row.Tenant;
        var rights = isAtHome ? await VotingRights.OfAsync(scope.Db, caller, scope.Now) : null;
        var (onBehalfOf, groups) = rights?.For(row, asked) ?? (null, []);
        var person = caller is Caller.Person ? caller.HumanId : null;
        return new(person, onBehalfOf, groups, ballot.Approves, ballot.Until, person is not null && await IsReciprocalAsync(scope, row, person));
    }

    /// <summary>True where somebody interested in this request approved one of the voter's for the same role lately.</summary>
    private static Task<bool> IsReciprocalAsync(WriteScope scope, AccessRequestRow row, string person)
    {
        var since = scope.Now - Reciprocity;
        var interested = row.Interested().ToList();
        return (
            from vote in scope.Db.RequestVotes
            join other in scope.Db.AccessRequests on vote.Request equals other.Id
            where
                interested.Contains(vote.Person)
                && vote.Approves
                && vote.At > since
                && other.Tenant == row.Tenant
                && other.Role == row.Role
                && other.Person == person
                && (other.IsOpen || other.Status == RequestStatus.Granted)
            select vote
        ).AnyAsync();
    }

    private static void Record(WriteScope scope, Caller caller, AccessRequestRow row, Vote vote, RequestBallot ballot, string? stepUp)
    {
        scope.Db.RequestVotes.Add(
            new()
            {
                Request = row.Id,
                Person = vote.Person,
                Voter = caller.Key,
                OnBehalfOf = vote.OnBehalfOf,
                Stage = vote.Stage,
                Groups = [.. vote.Groups.Select(g => FormattableString.Invariant($"{g}"))],
                Approves = vote.Approves,
                Reason = ballot.Reason,
                Until = vote.Until,
                At = vote.At,
            }
        );
        row.Version++;
        scope.Audit(
            "request.voted",
            row.Tenant,
            caller.Key,
            row.Id,
            new
            {
                row.Role,
                vote.Stage,
                vote.Approves,
                vote.OnBehalfOf,
                vote.Until,
                ballot.Reason,
                step_up = stepUp,
            }
        );
    }

    public static WriteOutcome RefusalOf(RequestRefusal refusal, AccessRequestRow row) =>
        refusal switch
        {
            RequestRefusal.Decided => WriteOutcome.Refuse("request_decided", $"The request is {RequestWords.Of(row.Status)} already."),
            RequestRefusal.NotPending => WriteOutcome.Refuse("request_waiting", "The requester has to accept guidance, or to get an accreditation, first."),
            RequestRefusal.PersonRequired => WriteOutcome.Refuse(
                "person_required",
                "Voting is for people with an employee number on record, never for clients.",
                StatusCodes.Status403Forbidden
            ),
            RequestRefusal.OwnRequest => WriteOutcome.Refuse(
                "own_request",
                "Nobody votes on a request of their own, whichever account they use.",
                StatusCodes.Status403Forbidden
            ),
            RequestRefusal.AlreadyVoted => WriteOutcome.Refuse("already_voted", "You have voted on this request, or somebody did on your behalf."),
            RequestRefusal.NotAnApprover => WriteOutcome.Refuse(
                "not_an_approver",
                "You are none of those whom this request asks now.",
                StatusCodes.Status403Forbidden
            ),
            RequestRefusal.Reciprocal => WriteOutcome.Refuse(
                "reciprocal_approval",
                "This person approved a request of yours for the same role lately: somebody else decides."
            ),
            RequestRefusal.Expired => WriteOutcome.Refuse("request_expired", "Nobody decided in time: it has to be asked for again."),
            RequestRefusal.NotNamed => WriteOutcome.Refuse(
                "glass_not_yours",
                "You hold none of the roles that may break the glass here: ask urgently.",
                StatusCodes.Status403Forbidden
            ),
            RequestRefusal.Unaccredited => WriteOutcome.Refuse(
                "accreditation_missing",
                "This needs an accreditation that is not on record for you; no emergency sets that aside."
            ),
            RequestRefusal.ReviewOverdue => WriteOutcome.Refuse(
                "review_overdue",
                "An earlier use was to be reviewed by now: until it is, this can only be asked for urgently."
            ),
            RequestRefusal.DeniedOnDuty => WriteOutcome.Refuse("denied_on_duty", "Somebody on duty answered you lately, and said no."),
            RequestRefusal.Voided => WriteOutcome.Refuse("request_voided", "The request has lost its ground since it was made: it has to be asked for again."),
        };
}
