using System.Text.Json.Serialization;

namespace Entitlements.Engine.Reviews;

/// <summary>One assignment under review: whether its holder is still to have the role.</summary>
/// <param name="Cause">Why it is looked at.</param>
/// <param name="EndsAt">First instant at which it is too late to answer, or, after an emergency, at which the answer is overdue; UTC.</param>
public sealed record ReviewItem(ReviewCause Cause, DateTimeOffset EndsAt)
{
    /// <summary>Where it stands.</summary>
    public required ReviewState State { get; init; }
}

/// <summary>Why assignments are looked at.</summary>
public enum ReviewCause
{
    /// <summary>The time came round.</summary>
    Recurring,

    /// <summary>Somebody who looks after the tenant's people asked for it.</summary>
    ByHand,

    /// <summary>A new incompatibility suspended the assignment.</summary>
    Incompatibility,

    /// <summary>Access was taken in an emergency, without a vote.</summary>
    BreakGlass,

    /// <summary>The assignments came from a store that was open to all.</summary>
    Import,
}

/// <summary>States of an item. The first is open; every other is final, and its effect was part of the same act: there is no state between answered and applied.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "status")]
[JsonDerivedType(typeof(Open), "open")]
[JsonDerivedType(typeof(Kept), "kept")]
[JsonDerivedType(typeof(Removed), "removed")]
[JsonDerivedType(typeof(Shortened), "shortened")]
[JsonDerivedType(typeof(Justified), "justified")]
[JsonDerivedType(typeof(NotJustified), "not_justified")]
[JsonDerivedType(typeof(Unanswered), "unanswered")]
[JsonDerivedType(typeof(Voided), "voided")]
public abstract record ReviewState
{
    private ReviewState() { }

    /// <summary>Nobody has answered.</summary>
    /// <param name="Alarmed">Its end has passed and it stays open: whoever must know was told.</param>
    public sealed record Open(bool Alarmed = false) : ReviewState;

    /// <summary>The holder is still to have it.</summary>
    public sealed record Kept : ReviewState;

    /// <summary>The assignment was ended.</summary>
    public sealed record Removed : ReviewState;

    /// <summary>The assignment ends earlier.</summary>
    public sealed record Shortened(DateTimeOffset Until) : ReviewState;

    /// <summary>The emergency was one.</summary>
    public sealed record Justified : ReviewState;

    /// <summary>The emergency was none; what was left of the access ended.</summary>
    public sealed record NotJustified : ReviewState;

    /// <summary>Nobody answered in time, which is never a yes.</summary>
    public sealed record Unanswered : ReviewState;

    /// <summary>There was nothing left to review.</summary>
    public sealed record Voided(ReviewVoidReason Because) : ReviewState;
}

/// <summary>Why there was nothing left to review.</summary>
public enum ReviewVoidReason
{
    /// <summary>The assignment ended by itself, was ended or handed back.</summary>
    AssignmentEnded,

    /// <summary>The holder's account ended.</summary>
    SubjectLeft,
}

/// <summary>What happens where nobody answers in time.</summary>
public enum NoAnswer
{
    /// <summary>The assignment is suspended; a change or a new request brings it back.</summary>
    Suspend,

    /// <summary>The assignment is ended.</summary>
    End,
}
