using System.Collections.Immutable;

namespace Entitlements.Engine.Requests;

/// <summary>The life of a request: same request, same event, same facts, same outcome. No I/O, no clock. Nothing but votes, or the broken glass, ever leads to a grant.</summary>
/// <remarks>Every pair of state and event is decided here. What is final stays: votes and withdrawals are refused, all else leaves it as it is.</remarks>
public static class RequestMachine
{
    /// <summary>A request is made. What stands against it now voids it at once.</summary>
    public static RequestStep Submit(ApprovalPolicy policy, ImmutableHashSet<string> interested, RequestFacts facts)
    {
        var waiting = new RequestState.AwaitingRequester(facts.At + policy.RequesterPatience);
        return Screen(new(policy, interested, facts.At + policy.Patience) { State = waiting }, waiting, facts, isNew: true);
    }

    /// <summary>The glass is broken: granted at once, or refused. What stands against any grant stands against this one.</summary>
    public static RequestStep TakeAtOnce(ApprovalPolicy policy, ImmutableHashSet<string> interested, RequestFacts facts, GlassFacts glass)
    {
        var request = new AccessRequest(policy, interested, facts.At) { State = new RequestState.Granted() };
        return !glass.IsNamed ? Refuse(request, RequestRefusal.NotNamed)
            : glass.IsReviewOverdue ? Refuse(request, RequestRefusal.ReviewOverdue)
            : glass.WasDenied ? Refuse(request, RequestRefusal.DeniedOnDuty)
            : facts.Bar is { } bar ? Void(request, bar) with { Refusal = RequestRefusal.Voided }
            : facts.Unaccredited ? Refuse(request, RequestRefusal.Unaccredited)
            : facts.Outstanding ? Refuse(request, RequestRefusal.NotPending)
            : new(request, [RequestEffect.Grant, RequestEffect.TellSkipped, RequestEffect.TellOutcome], null);
    }

    /// <summary>Something happens to a request.</summary>
    public static RequestStep Next(AccessRequest request, RequestEvent happened, RequestFacts facts) =>
        (request.State, happened) switch
        {
            ({ IsOpen: false }, RequestEvent.Voted or RequestEvent.Withdrawn) => Refuse(request, RequestRefusal.Decided),
            ({ IsOpen: false }, _) => Stay(request),
            (_, RequestEvent.Withdrawn) => End(request, new RequestState.Withdrawn()),
            (_, RequestEvent.Superseded) => End(request, new RequestState.Superseded()),
            (RequestState.AwaitingRequester, RequestEvent.Voted) => Refuse(request, RequestRefusal.NotPending),
            (RequestState.AwaitingRequester waiting, _) => waiting.Until <= facts.At
                ? End(request, new RequestState.Expired())
                : Screen(request, waiting, facts),
            (RequestState.Pending pending, _) when pending.Deadlines.Expires <= facts.At => End(request, new RequestState.Expired()) with
            {
                Refusal = happened is RequestEvent.Voted ? RequestRefusal.Expired : null,
            },
            (RequestState.Pending pending, RequestEvent.Voted vote) => Count(request, pending, vote, facts),
            (RequestState.Pending, RequestEvent.Screened) => Lost(facts) is { } bar ? Void(request, bar) : Stay(request),
            (RequestState.Pending pending, RequestEvent.Ticked) => Pass(request, pending, facts),
            (RequestState.Pending pending, RequestEvent.Unreached) => Escalate(request, pending),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Before any stage: what stands against it, then what the requester has to do or to be.</summary>
    private static RequestStep Screen(AccessRequest request, RequestState.AwaitingRequester waiting, RequestFacts facts, bool isNew = false)
    {
        if (facts.Bar is { } bar)
        {
            return Void(request, bar);
        }
        if (facts is { Outstanding: false, Unaccredited: false })
        {
            return Enter(request, 0, facts);
        }
        var still = waiting.LooksAgain == facts.AccreditedFrom ? request : request with { State = waiting with { LooksAgain = facts.AccreditedFrom } };
        return isNew ? new(still, [RequestEffect.AskRequester], null) : Stay(still);
    }

    /// <summary>What takes the ground from under a request that is being voted on: who no longer holds an accreditation asks again when they do.</summary>
    private static VoidReason? Lost(RequestFacts facts) => facts.Bar ?? (facts.Unaccredited ? VoidReason.AccreditationLost : null);

    /// <summary>A stage that too few could decide uses its fallback, and without one ends the request: never an approval.</summary>
    private static RequestStep Enter(AccessRequest request, int number, RequestFacts facts)
    {
        var (stage, pool) = (request.Policy.Stages[number], facts.Pools[number]);
        var needed = stage.Votes ?? (stage.DistinctGroups ? stage.Approvers.Length : Math.Max(1, pool.Approvers));
        var fallback = pool.Approvers < needed;
        if (fallback && pool.WithFallback < needed)
        {
            return Void(request, VoidReason.NoApprover);
        }
        var state = new RequestState.Pending(number, needed, fallback, Deadlines.Of(stage, facts.Calendar, facts.At, request.ExpiresAt));
        return new(request with { State = state }, [RequestEffect.AskApprovers], null);
    }

    private static RequestStep Count(AccessRequest request, RequestState.Pending pending, RequestEvent.Voted cast, RequestFacts facts)
    {
        if (ObjectionTo(request, cast) is { } objection)
        {
            return Refuse(request, objection);
        }
        if (Lost(facts) is { } bar)
        {
            return Void(request, bar) with { Refusal = RequestRefusal.Voided };
        }
        var vote = new Vote(pending.Stage, cast.Person!, cast.OnBehalfOf, cast.Groups, cast.Approves, facts.At, cast.Approves ? cast.Until : null);
        request = request with { Votes = request.Votes.Add(vote) };
        var stage = request.Policy.Stages[pending.Stage];
        var ofStage = request.Votes.Where(v => v.Stage == pending.Stage).ToList();
        if (ofStage.Count(v => !v.Approves) >= stage.DenialsToEnd)
        {
            return End(request, new RequestState.Denied());
        }
        if (StageQuorum.CountOf(stage, ofStage) < pending.Needed)
        {
            return Stay(request);
        }
        return pending.Stage + 1 < request.Policy.Stages.Length
            ? Enter(request, pending.Stage + 1, facts)
            : new(request with { State = new RequestState.Granted() }, [RequestEffect.Grant, RequestEffect.TellOutcome], null);
    }

    /// <summary>What keeps this person from voting, by person and never by account.</summary>
    private static RequestRefusal? ObjectionTo(AccessRequest request, RequestEvent.Voted cast)
    {
        if (cast.Person is null)
        {
            return RequestRefusal.PersonRequired;
        }
        string[] persons = cast.OnBehalfOf is null ? [cast.Person] : [cast.Person, cast.OnBehalfOf];
        return persons.Any(request.Interested.Contains) ? RequestRefusal.OwnRequest
            : request.Votes.Any(v => v.Persons.Intersect(persons, StringComparer.Ordinal).Any()) ? RequestRefusal.AlreadyVoted
            : cast.Groups.IsEmpty ? RequestRefusal.NotAnApprover
            : cast is { Reciprocal: true, Approves: true } ? RequestRefusal.Reciprocal
            : null;
    }

    private static RequestStep Pass(AccessRequest request, RequestState.Pending pending, RequestFacts facts)
    {
        var (deadlines, effects) = (pending.Deadlines, ImmutableArray.CreateBuilder<RequestEffect>());
        var reminders =
            deadlines.Near <= facts.At ? 2
            : deadlines.Half <= facts.At ? 1
            : 0;
        var escalates = !pending.Escalated && deadlines.Escalates <= facts.At;
        if (escalates)
        {
            effects.Add(RequestEffect.AskEscalation);
        }
        if (reminders > pending.Reminders)
        {
            effects.Add(RequestEffect.RemindApprovers);
        }
        return effects.Count == 0
            ? Stay(request)
            : new(
                request with
                {
                    State = pending with { Escalated = pending.Escalated || escalates, Reminders = Math.Max(pending.Reminders, reminders) },
                },
                effects.ToImmutable(),
                null
            );
    }

    private static RequestStep Escalate(AccessRequest request, RequestState.Pending pending) =>
        pending.Escalated || request.Policy.Stages[pending.Stage].Escalation.IsEmpty
            ? Stay(request)
            : new(request with { State = pending with { Escalated = true } }, [RequestEffect.AskEscalation], null);

    private static RequestStep Void(AccessRequest request, VoidReason because)
    {
        var ended = End(request, new RequestState.Voided(because));
        return because == VoidReason.NoApprover ? ended with { Effects = ended.Effects.Add(RequestEffect.AlertNoApprover) } : ended;
    }

    private static RequestStep End(AccessRequest request, RequestState state) => new(request with { State = state }, [RequestEffect.TellOutcome], null);

    private static RequestStep Stay(AccessRequest request) => new(request, [], null);

    private static RequestStep Refuse(AccessRequest request, RequestRefusal because) => new(request, [], because);
}
