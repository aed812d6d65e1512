using System.Collections.Immutable;

namespace Entitlements.Engine.Requests;

/// <summary>What may happen to a request.</summary>
public abstract record RequestEvent
{
    private RequestEvent() { }

    /// <summary>The requester has done something, or it is looked at again.</summary>
    public sealed record Screened : RequestEvent;

    /// <summary>Somebody votes.</summary>
    /// <param name="Groups">Positions, among everyone whom the stage names, of the groups that the voter (or who delegated to them) is in now.</param>
    /// <param name="Reciprocal">The requester approved a request of this voter's for the same role lately.</param>
    public sealed record Voted(string? Person, string? OnBehalfOf, ImmutableArray<int> Groups, bool Approves, DateTimeOffset? Until, bool Reciprocal = false)
        : RequestEvent;

    /// <summary>The requester takes it back.</summary>
    public sealed record Withdrawn : RequestEvent;

    /// <summary>The requester asks for the same role anew, otherwise.</summary>
    public sealed record Superseded : RequestEvent;

    /// <summary>Time has passed.</summary>
    public sealed record Ticked : RequestEvent;

    /// <summary>Somebody who was asked was told by no channel.</summary>
    public sealed record Unreached : RequestEvent;
}

/// <summary>What a transition may depend on besides the request, as it is at this moment.</summary>
/// <param name="At">The one instant of the transition, UTC.</param>
/// <param name="Bar">What stands against the grant, judged afresh; null: nothing.</param>
/// <param name="Outstanding">The requester has a part of their own to do: guidance to accept.</param>
/// <param name="Pools">For each stage, who could vote; the interested, and all who voted (or vote now), left out.</param>
public sealed record RequestFacts(DateTimeOffset At, VoidReason? Bar, bool Outstanding, ImmutableArray<Pool> Pools, WorkingCalendar Calendar)
{
    /// <summary>The person misses an accreditation that is asked for.</summary>
    public bool Unaccredited { get; init; }

    /// <summary>When everything that they miss begins by itself, later than <see cref="At"/>; null: it does not, as far as is known.</summary>
    public DateTimeOffset? AccreditedFrom { get; init; }
}

/// <summary>What breaking the glass depends on besides.</summary>
/// <param name="IsNamed">The person holds, now, one of the roles that may.</param>
/// <param name="IsReviewOverdue">An earlier use of the role was to be reviewed by now and was not.</param>
/// <param name="WasDenied">Somebody on duty was reached lately and said no.</param>
public readonly record struct GlassFacts(bool IsNamed, bool IsReviewOverdue, bool WasDenied);

/// <summary>How many distinct persons could vote in a stage.</summary>
/// <param name="WithFallback">The approvers and the fallback together.</param>
public readonly record struct Pool(int Approvers, int WithFallback);

/// <summary>What a transition leads to.</summary>
/// <param name="Request">As it is now; the very same where nothing happened.</param>
/// <param name="Effects">What is owed to the outside, in order.</param>
/// <param name="Refusal">Why the event had not the effect that was wanted; null: it had.</param>
public sealed record RequestStep(AccessRequest Request, ImmutableArray<RequestEffect> Effects, RequestRefusal? Refusal);

/// <summary>What a transition owes the outside.</summary>
public enum RequestEffect
{
    /// <summary>The requester has a part of their own to do.</summary>
    AskRequester,

    /// <summary>A stage began: its approvers have a decision.</summary>
    AskApprovers,

    /// <summary>A stage escalated: others have a decision, too.</summary>
    AskEscalation,

    /// <summary>Half or nine tenths of the time has passed.</summary>
    RemindApprovers,

    /// <summary>The role is to be assigned.</summary>
    Grant,

    /// <summary>It has been decided for good: the requester and all who were asked hear of it.</summary>
    TellOutcome,

    /// <summary>The glass was broken: everyone who was not asked hears of it at once.</summary>
    TellSkipped,

    /// <summary>Nobody could vote: whoever keeps the role's policy must know.</summary>
    AlertNoApprover,
}

/// <summary>Why an event was refused.</summary>
public enum RequestRefusal
{
    /// <summary>It is decided already.</summary>
    Decided,

    /// <summary>No votes are taken before the requester has done their part.</summary>
    NotPending,

    /// <summary>Only known persons vote.</summary>
    PersonRequired,

    /// <summary>Nobody votes on a request of their own, in any disguise.</summary>
    OwnRequest,

    /// <summary>They have voted, or somebody did on their behalf.</summary>
    AlreadyVoted,

    /// <summary>They are none of the approvers whom it asks now.</summary>
    NotAnApprover,

    /// <summary>The requester approved their request for the same role lately: two may not wave each other through.</summary>
    Reciprocal,

    /// <summary>It came too late: the request has expired.</summary>
    Expired,

    /// <summary>The request has lost its ground, and is void.</summary>
    Voided,

    /// <summary>They hold none of the roles that may break the glass.</summary>
    NotNamed,

    /// <summary>They miss an accreditation, which no emergency sets aside.</summary>
    Unaccredited,

    /// <summary>An earlier use was to be reviewed by now and was not.</summary>
    ReviewOverdue,

    /// <summary>Somebody on duty was reached lately and said no.</summary>
    DeniedOnDuty,
}
