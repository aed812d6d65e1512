using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>What a voter sends: the vote, and what they were shown, so that nobody approves something else.</summary>
internal sealed record Ballot(bool Approves, string Hash, int AudienceBefore, int AudienceAfter, string Reason);

/// <summary>One person's vote on a change; the deciding one publishes, in the same transaction.</summary>
internal sealed class CastVote(Writes writes, AlterationKinds kinds)
{
    /// <summary>Below this many people reached, who gains by a change may not vote on it.</summary>
    private const int SmallAudience = 50;

    public Task<WriteOutcome> CastAsync(WriteRequest request, string id, Ballot ballot) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            WriteOutcome outcome;
            try
            {
                outcome = await JudgeAsync(scope, request, id, ballot);
            }
            catch (RefusedException refused)
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(refused.Because));
            }
            if (outcome is WriteOutcome.Refused { Because.Code: not ("change_moved" or "change_expired") })
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private async Task<WriteOutcome> JudgeAsync(WriteScope scope, WriteRequest request, string id, Ballot ballot)
    {
        var change = await scope.Db.Changes.SingleOrDefaultAsync(c => c.Id == id);
        if (change is null || !ChangeVisibility.MaySee(request.Caller, change))
        {
            return WriteOutcome.Refuse("not_found", "There is no such change here.", StatusCodes.Status404NotFound);
        }
        if (change.State != ChangeState.Proposed)
        {
            return WriteOutcome.Refuse("change_decided", $"The change is {change.State.ToString().ToLowerInvariant()} already.");
        }
        if (scope.Now >= change.ExpiresAt)
        {
            return End(scope, change, ChangeState.Expired, request.Caller.Key, "change_expired", "Nobody decided in time: propose it again.");
        }
        var votes = await scope.Db.Votes.Where(v => v.Change == id).ToListAsync();
        if (Ineligible(request.Caller, change, votes, out var function) is { } refusal)
        {
            return refusal;
        }
        if (ballot.Hash != change.Hash || ballot.AudienceBefore != change.AudienceBefore || ballot.AudienceAfter != change.AudienceAfter)
        {
            return scope.Abandon(WriteOutcome.Refuse("change_moved", "Hash or audience is not the change's: read it again and vote on what it says."));
        }
        if (StepUp.ObjectionTo(request.Caller, scope.Now) is { } weak)
        {
            return new WriteOutcome.Refused(weak);
        }
        return await CountAsync(scope, request, change, votes, function!, ballot);
    }

    private async Task<WriteOutcome> CountAsync(WriteScope scope, WriteRequest request, ChangeRow change, List<VoteRow> votes, string function, Ballot ballot)
    {
        var alteration = kinds.Read(change);
        var weight = await alteration.WeighAsync(scope);
        var audience = weight.Refusal is null ? await ChangeDesk.MeasureAsync(scope, alteration, weight) : new(-1, -1);
        var gains =
            weight.Refusal is null && ballot.Approves && audience.After < SmallAudience && await GainsAsync(scope, alteration, weight, request.Caller.HumanId!);
        change = await scope.Db.Changes.SingleAsync(c => c.Id == change.Id); // trying out forgets what was tracked
        if (weight.Refusal is not null || weight.BaseVersion != change.BaseVersion || audience != new Audience(change.AudienceBefore, change.AudienceAfter))
        {
            return End(
                scope,
                change,
                ChangeState.Moved,
                request.Caller.Key,
                "change_moved",
                "What the change alters, or whom it reaches, is no longer what was shown: propose it again."
            );
        }
        if (gains)
        {
            return scope.Abandon(
                WriteOutcome.Refuse("voter_gains", "You would gain by this change, so you may not vote on it.", StatusCodes.Status403Forbidden)
            );
        }
        scope.Db.Votes.Add(
            new()
            {
                Change = change.Id,
                Person = request.Caller.HumanId!,
                Voter = request.Caller.Key,
                Function = function,
                Approves = ballot.Approves,
                Reason = ballot.Reason,
                Shown = StoredJson.Write(await ChangeVisibility.ViewAsync(scope.Db, kinds, request.Caller, change, votes, scope.Now)),
                At = scope.Now,
            }
        );
        scope.AuditIn(
            change.EvidenceTenants(),
            "change.voted",
            request.Caller.Key,
            change.Id,
            new
            {
                ballot.Approves,
                function,
                ballot.Reason,
                change.Hash,
                before = change.AudienceBefore,
                after = change.AudienceAfter,
                step_up = StepUp.EvidenceOf(request.Caller),
            }
        );
        if (!ballot.Approves)
        {
            return Decide(scope, change, ChangeState.Rejected, request.Caller.Key);
        }
        return votes.Count(v => v.Approves) + 1 < change.Quorum.Count ? Answer(scope, change) : await PublishAsync(scope, request, change, alteration, weight);
    }

    private async Task<WriteOutcome> PublishAsync(WriteScope scope, WriteRequest request, ChangeRow change, Alteration alteration, Weight weight)
    {
        await ChangeDesk.PutInForceAsync(scope, alteration, weight, request.Caller.Key);
        await KeepPublication.OfAsync(scope, change, alteration);
        change.Revision = scope.Revision;
        scope.Tell("access.changed", change.Tenant, new { what = change.Kind, change = change.Id });
        return Decide(scope, change, ChangeState.Published, request.Caller.Key);
    }

    /// <summary>Votes are people's; whoever proposed, is named, or has voted already is out, by person and not by account.</summary>
    private static WriteOutcome? Ineligible(Caller caller, ChangeRow change, List<VoteRow> votes, out string? function)
    {
        var open = change.Quorum.Except(votes.Select(v => v.Function)).ToList();
        function = open.FirstOrDefault(caller.Functions.Contains);
        var (code, detail) = caller switch
        {
            not Caller.Person { HumanId: not null } => ("person_required", "Voting is for known people, never for clients."),
            _ when caller.HumanId == change.ProposerPerson => ("own_change", "You proposed this change, so another person votes on it."),
            _ when change.Named.Contains(caller.HumanId!) => ("named_by_change", "This change names you, so you may not vote on it."),
            _ when votes.Any(v => v.Person == caller.HumanId) => ("already_voted", "You have voted on this change."),
            _ when function is null => ("not_a_voter", $"This change still needs: {string.Join(", ", open)}."),
            _ => default,
        };
        return code is null
            ? null
            : WriteOutcome.Refuse(code, detail, code == "already_voted" ? StatusCodes.Status409Conflict : StatusCodes.Status403Forbidden);
    }

    private static async Task<bool> GainsAsync(WriteScope scope, Alteration alteration, Weight weight, string person)
    {
        if (weight.Apps.Count == 0 || await Exposure.ReachesAsync(scope.Db, alteration.EvidenceTenant, weight.Apps, person, scope.Now))
        {
            return false;
        }
        return await scope.TryOutAsync(
            () => alteration.ApplyAsync(scope, "measure"),
            () => Exposure.ReachesAsync(scope.Db, alteration.EvidenceTenant, weight.Apps, person, scope.Now)
        );
    }

    private static WriteOutcome End(WriteScope scope, ChangeRow change, ChangeState state, string actor, string code, string detail)
    {
        Decide(scope, change, state, actor);
        return WriteOutcome.Refuse(code, detail);
    }

    private static WriteOutcome Decide(WriteScope scope, ChangeRow change, ChangeState state, string actor)
    {
        change.State = state;
        change.DecidedAt = scope.Now;
        scope.AuditIn(
            change.EvidenceTenants(),
            $"change.{state.ToString().ToLowerInvariant()}",
            actor,
            change.Id,
            new
            {
                change.Kind,
                change.Target,
                change.Hash,
            }
        );
        scope.Tell("change.decided", change.Tenant, new { change = change.Id, state });
        return Answer(scope, change);
    }

    private static WriteOutcome Answer(WriteScope scope, ChangeRow change) =>
        new WriteOutcome.Done(scope.Revision, Narrowed: false, Version: 0, new { change = change.Id, state = change.State });
}
