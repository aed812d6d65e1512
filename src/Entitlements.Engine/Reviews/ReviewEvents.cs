using System.Collections.Immutable;

namespace Entitlements.Engine.Reviews;

/// <summary>What may happen to an item.</summary>
public abstract record ReviewEvent
{
    private ReviewEvent() { }

    /// <summary>Somebody answers.</summary>
    /// <param name="Person">Null where no person is on record.</param>
    /// <param name="IsOwn">The assignment is that person's own, by whichever account.</param>
    /// <param name="MayReview">They are one of those who are asked now.</param>
    public sealed record Answered(string? Person, bool IsOwn, bool MayReview, ReviewAnswer Answer) : ReviewEvent;

    /// <summary>Time has passed, or something may have happened to the assignment.</summary>
    public sealed record Ticked : ReviewEvent;
}

/// <summary>What a reviewer says.</summary>
public abstract record ReviewAnswer
{
    private ReviewAnswer() { }

    /// <summary>The holder is still to have it.</summary>
    public sealed record Keep : ReviewAnswer;

    /// <summary>The holder is not to have it any more.</summary>
    public sealed record Remove : ReviewAnswer;

    /// <summary>Only until then.</summary>
    public sealed record Shorten(DateTimeOffset Until) : ReviewAnswer;

    /// <summary>The emergency was one.</summary>
    public sealed record Justified : ReviewAnswer;

    /// <summary>The emergency was none.</summary>
    public sealed record NotJustified : ReviewAnswer;
}

/// <summary>What a transition may depend on besides the item, as it is at this moment.</summary>
/// <param name="At">The one instant of the transition, UTC.</param>
/// <param name="Gone">Why there is nothing left to review; null: the assignment stands.</param>
/// <param name="NotBefore">First instant at which the assignment is in force.</param>
/// <param name="NotAfter">First instant at which the assignment is no longer in force; null: its end is open.</param>
/// <param name="IsSuspended">It confers nothing as it is.</param>
/// <param name="IsLastAdministrator">Without it nobody could appoint anybody.</param>
/// <param name="OnNoAnswer">What the role's policy says.</param>
public sealed record ReviewFacts(
    DateTimeOffset At,
    ReviewVoidReason? Gone,
    DateTimeOffset NotBefore,
    DateTimeOffset? NotAfter,
    bool IsSuspended,
    bool IsLastAdministrator,
    NoAnswer OnNoAnswer
);

/// <summary>What a transition leads to.</summary>
/// <param name="Item">As it is now; the very same where nothing happened.</param>
/// <param name="Effects">What is to be done to the assignment and told, in order.</param>
/// <param name="Refusal">Why the event had not the effect that was wanted; null: it had.</param>
public sealed record ReviewStep(ReviewItem Item, ImmutableArray<ReviewEffect> Effects, ReviewRefusal? Refusal);

/// <summary>What a transition does besides.</summary>
public enum ReviewEffect
{
    /// <summary>The assignment ends now.</summary>
    End,

    /// <summary>The assignment ends when the answer says.</summary>
    Cut,

    /// <summary>The assignment confers nothing from now on.</summary>
    Suspend,

    /// <summary>The holder hears that something they hold was ended, cut or suspended.</summary>
    TellHolder,

    /// <summary>It is overdue and stays open: whoever looks after the tenant's people must know.</summary>
    Alarm,
}

/// <summary>Why an answer was refused.</summary>
public enum ReviewRefusal
{
    /// <summary>It is answered already, or void.</summary>
    Decided,

    /// <summary>It came too late: no answer was the answer.</summary>
    TooLate,

    /// <summary>The assignment ended meanwhile.</summary>
    Gone,

    /// <summary>Only known persons answer.</summary>
    PersonRequired,

    /// <summary>Nobody reviews what they hold themself.</summary>
    OwnItem,

    /// <summary>They are none of those whom it asks now.</summary>
    NotAReviewer,

    /// <summary>An emergency is justified or not; all else is kept, removed or shortened.</summary>
    WrongAnswer,

    /// <summary>The last administrator cannot be taken away.</summary>
    LastAdministrator,

    /// <summary>An assignment is cut to an instant to come and within its window, never lengthened.</summary>
    NotShorter,
}
