using System.Collections.Immutable;

namespace Entitlements.Engine.Reviews;

/// <summary>The life of an item under review: same item, same event, same facts, same outcome. No I/O, no clock. Nothing here ever gives anybody more.</summary>
/// <remarks>Every pair of state and event is decided here. What is final stays: answers are refused, all else leaves it as it is.</remarks>
public static class ReviewMachine
{
    /// <summary>Something happens to an item.</summary>
    public static ReviewStep Next(ReviewItem item, ReviewEvent happened, ReviewFacts facts) =>
        (item.State, happened) switch
        {
            (ReviewState.Open, ReviewEvent.Answered given) => Answer(item, given, facts),
            (ReviewState.Open open, ReviewEvent.Ticked) => Pass(item, open, facts),
            (ReviewState.Unanswered, ReviewEvent.Answered) => Refuse(item, ReviewRefusal.TooLate),
            (_, ReviewEvent.Answered) => Refuse(item, ReviewRefusal.Decided),
            _ => Stay(item),
        };

    /// <summary>When reminders are due: at half of the time and at nine tenths.</summary>
    /// <param name="sent">How many were sent.</param>
    /// <returns>The instant of the next one; null after the second.</returns>
    public static DateTimeOffset? NextReminder(DateTimeOffset opened, DateTimeOffset ends, int sent) =>
        sent switch
        {
            0 => opened + (ends - opened) * 0.5,
            1 => opened + (ends - opened) * 0.9,
            _ => null,
        };

    private static ReviewStep Answer(ReviewItem item, ReviewEvent.Answered given, ReviewFacts facts)
    {
        if (ObjectionTo(item, given, facts) is { } objection)
        {
            return Refuse(item, objection);
        }
        return given.Answer switch
        {
            ReviewAnswer.Keep => To(item, new ReviewState.Kept()),
            ReviewAnswer.Remove => To(item, new ReviewState.Removed(), ReviewEffect.End, ReviewEffect.TellHolder),
            ReviewAnswer.Shorten cut => To(item, new ReviewState.Shortened(cut.Until), ReviewEffect.Cut, ReviewEffect.TellHolder),
            ReviewAnswer.Justified => To(item, new ReviewState.Justified()),
            ReviewAnswer.NotJustified when facts.Gone is null => To(item, new ReviewState.NotJustified(), ReviewEffect.End, ReviewEffect.TellHolder),
            ReviewAnswer.NotJustified => To(item, new ReviewState.NotJustified(), ReviewEffect.TellHolder),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Who answers is looked at first: to whom it is not said, what it is about is not said either.</summary>
    private static ReviewRefusal? ObjectionTo(ReviewItem item, ReviewEvent.Answered given, ReviewFacts facts) =>
        given.Person is null ? ReviewRefusal.PersonRequired
        : given.IsOwn ? ReviewRefusal.OwnItem
        : !given.MayReview ? ReviewRefusal.NotAReviewer
        : (item.Cause == ReviewCause.BreakGlass) != (given.Answer is ReviewAnswer.Justified or ReviewAnswer.NotJustified) ? ReviewRefusal.WrongAnswer
        : item.Cause == ReviewCause.BreakGlass ? null // overdue or ended, it must be said whether it was justified
        : facts.Gone is not null ? ReviewRefusal.Gone
        : item.EndsAt <= facts.At && !facts.IsLastAdministrator ? ReviewRefusal.TooLate
        : given.Answer is ReviewAnswer.Shorten cut && (cut.Until <= facts.At || cut.Until <= facts.NotBefore || cut.Until >= facts.NotAfter)
            ? ReviewRefusal.NotShorter
        : given.Answer is not ReviewAnswer.Keep && facts.IsLastAdministrator ? ReviewRefusal.LastAdministrator
        : null;

    private static ReviewStep Pass(ReviewItem item, ReviewState.Open open, ReviewFacts facts)
    {
        if (item.Cause != ReviewCause.BreakGlass && facts.Gone is { } gone)
        {
            return To(item, new ReviewState.Voided(gone));
        }
        if (facts.At < item.EndsAt)
        {
            return Stay(item);
        }
        if (item.Cause == ReviewCause.BreakGlass || facts.IsLastAdministrator)
        {
            return open.Alarmed ? Stay(item) : To(item, new ReviewState.Open(Alarmed: true), ReviewEffect.Alarm);
        }
        return facts.OnNoAnswer switch
        {
            NoAnswer.End => To(item, new ReviewState.Unanswered(), ReviewEffect.End, ReviewEffect.TellHolder),
            NoAnswer.Suspend when !facts.IsSuspended => To(item, new ReviewState.Unanswered(), ReviewEffect.Suspend, ReviewEffect.TellHolder),
            NoAnswer.Suspend => To(item, new ReviewState.Unanswered()),
        };
    }

    private static ReviewStep To(ReviewItem item, ReviewState state, params ImmutableArray<ReviewEffect> effects) =>
        new(item with { State = state }, effects, null);

    private static ReviewStep Stay(ReviewItem item) => new(item, [], null);

    private static ReviewStep Refuse(ReviewItem item, ReviewRefusal because) => new(item, [], because);
}
