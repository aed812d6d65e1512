using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Entitlements.Engine.Requests;

/// <summary>One person's request for a role, as far as it has come. Approval is an input: what it leads to is an assignment that ends by itself.</summary>
/// <param name="Policy">As it stood when the request was made.</param>
/// <param name="Interested">Persons who may not vote on it: who would get the role, who filed it, whoever stands behind a client that did.</param>
/// <param name="ExpiresAt">The end of all patience, UTC.</param>
public sealed record AccessRequest(ApprovalPolicy Policy, ImmutableHashSet<string> Interested, DateTimeOffset ExpiresAt)
{
    /// <summary>Where it stands.</summary>
    public required RequestState State { get; init; }

    /// <summary>All that were cast, of every stage, in order.</summary>
    public ImmutableArray<Vote> Votes { get; init; } = [];

    /// <summary>Who may vote now; empty unless it is pending.</summary>
    public ImmutableArray<Approver> Asked =>
        State is RequestState.Pending pending
            ?
            [
                .. Policy.Stages[pending.Stage].Approvers,
                .. pending.Escalated ? Policy.Stages[pending.Stage].Escalation : [],
                .. pending.Fallback ? Policy.Stages[pending.Stage].Fallback : [],
            ]
            : [];

    /// <summary>The end that its approvers and its policy leave of the one asked for, for a grant that begins at <paramref name="from"/>.</summary>
    public DateTimeOffset EndOf(DateTimeOffset from, DateTimeOffset? asked) =>
        Votes
            .Where(v => v.Approves && v.Until is not null)
            .Select(v => v.Until!.Value)
            .Append(asked ?? from + Policy.DefaultGrant)
            .Append(from + Policy.LongestGrant)
            .Min();
}

/// <summary>One person's answer.</summary>
/// <param name="Stage">Position of the stage it was cast in.</param>
/// <param name="Person">Who cast it.</param>
/// <param name="OnBehalfOf">The person who delegated to them; null where they vote in their own right.</param>
/// <param name="Groups">Positions, among everyone whom the stage names, of the groups that they were in at that moment.</param>
/// <param name="Until">The approver's cut: the grant ends no later. Null: none.</param>
public sealed record Vote(int Stage, string Person, string? OnBehalfOf, ImmutableArray<int> Groups, bool Approves, DateTimeOffset At, DateTimeOffset? Until)
{
    /// <summary>The persons whom it uses up: nobody counts twice, neither in a stage nor in two.</summary>
    [JsonIgnore]
    public IEnumerable<string> Persons => OnBehalfOf is null || OnBehalfOf == Person ? [Person] : [Person, OnBehalfOf];
}

/// <summary>States of a request. The first two are open; every other is final.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "status")]
[JsonDerivedType(typeof(AwaitingRequester), "awaiting_requester")]
[JsonDerivedType(typeof(Pending), "pending")]
[JsonDerivedType(typeof(Granted), "granted")]
[JsonDerivedType(typeof(Denied), "denied")]
[JsonDerivedType(typeof(Expired), "expired")]
[JsonDerivedType(typeof(Withdrawn), "withdrawn")]
[JsonDerivedType(typeof(Superseded), "superseded")]
[JsonDerivedType(typeof(Voided), "voided")]
public abstract record RequestState
{
    private RequestState() { }

    /// <summary>The next instant at which time alone does something to it; null: never.</summary>
    [JsonIgnore]
    public virtual DateTimeOffset? DueAt => null;

    /// <summary>True until it is decided for good.</summary>
    [JsonIgnore]
    public bool IsOpen => this is AwaitingRequester or Pending;

    /// <summary>The requester has a part of their own to do first.</summary>
    public sealed record AwaitingRequester(DateTimeOffset Until) : RequestState
    {
        /// <summary>When what they miss begins by itself, as far as is known; null: it does not.</summary>
        public DateTimeOffset? LooksAgain { get; init; }

        /// <inheritdoc/>
        [JsonIgnore]
        public override DateTimeOffset? DueAt => LooksAgain < Until ? LooksAgain : Until;
    }

    /// <summary>Votes are being cast.</summary>
    /// <param name="Stage">Position of the stage.</param>
    /// <param name="Needed">Approvals that it takes; fixed when the stage began, so that removing voters never lowers it.</param>
    /// <param name="Fallback">The approvers were too few, so the stage's fallback may vote, too.</param>
    public sealed record Pending(int Stage, int Needed, bool Fallback, Deadlines Deadlines) : RequestState
    {
        /// <summary>Nobody decided in time, so the escalation may vote, too.</summary>
        public bool Escalated { get; init; }

        /// <summary>How many reminders were sent: one at half of the time, one at nine tenths.</summary>
        public int Reminders { get; init; }

        /// <inheritdoc/>
        [JsonIgnore]
        public override DateTimeOffset? DueAt =>
            new[]
            {
                Reminders == 0 ? Deadlines.Half
                : Reminders == 1 ? Deadlines.Near
                : Deadlines.Expires,
                Escalated ? Deadlines.Expires : Deadlines.Escalates ?? Deadlines.Expires,
                Deadlines.Expires,
            }.Min();
    }

    /// <summary>The role was assigned.</summary>
    public sealed record Granted : RequestState;

    /// <summary>Approvers said no.</summary>
    public sealed record Denied : RequestState;

    /// <summary>Nobody decided in time. Never an approval.</summary>
    public sealed record Expired : RequestState;

    /// <summary>The requester took it back.</summary>
    public sealed record Withdrawn : RequestState;

    /// <summary>The requester asked anew, otherwise.</summary>
    public sealed record Superseded : RequestState;

    /// <summary>It lost its ground.</summary>
    public sealed record Voided(VoidReason Because) : RequestState;
}

/// <summary>Instants of one stage, UTC, fixed when it began.</summary>
/// <param name="Half">Half of its working time has passed.</param>
/// <param name="Near">Nine tenths have.</param>
/// <param name="Escalates">Null: never.</param>
/// <param name="Expires">The stage's or the whole request's end, whichever is earlier.</param>
public sealed record Deadlines(DateTimeOffset Half, DateTimeOffset Near, DateTimeOffset? Escalates, DateTimeOffset Expires)
{
    internal static Deadlines Of(ApprovalStage stage, WorkingCalendar calendar, DateTimeOffset at, DateTimeOffset latest)
    {
        var expires = calendar.After(at, stage.TimeLimit);
        return new(
            calendar.After(at, stage.TimeLimit * 0.5),
            calendar.After(at, stage.TimeLimit * 0.9),
            stage.EscalateAfter is { } patience ? calendar.After(at, patience) : null,
            expires < latest ? expires : latest
        );
    }
}

/// <summary>Why a request lost its ground.</summary>
public enum VoidReason
{
    /// <summary>Nobody who may vote is there, not even by the fallback.</summary>
    NoApprover,

    /// <summary>The role, or how it is asked for, changed or ended.</summary>
    RoleChanged,

    /// <summary>The app's rule changed, or no longer names the role.</summary>
    RuleChanged,

    /// <summary>The app is recalled, withdrawn, suspended or not published.</summary>
    AppBarred,

    /// <summary>The app is high risk and its assessment not in force.</summary>
    AssessmentLapsed,

    /// <summary>The person's account ended or is suspended.</summary>
    SubjectInactive,

    /// <summary>The person holds a role that may not be held together with it.</summary>
    IncompatibleRole,

    /// <summary>As many hold the role as its establishment allows.</summary>
    EstablishmentReached,

    /// <summary>The person holds the role already, for as long.</summary>
    AlreadyHeld,

    /// <summary>What was left of the time asked for is nothing.</summary>
    WindowEmpty,

    /// <summary>The person no longer holds an accreditation that is asked for.</summary>
    AccreditationLost,

    /// <summary>It is on record that the person's grant of the role is not to be renewed.</summary>
    NotToBeRenewed,
}
