using Entitlements.Engine.Reviews;

namespace Entitlements.Engine.Tests.Reviews;

public sealed class ReviewMachineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, ReviewState> States = new(StringComparer.Ordinal)
    {
        ["open"] = new ReviewState.Open(),
        ["kept"] = new ReviewState.Kept(),
        ["removed"] = new ReviewState.Removed(),
        ["shortened"] = new ReviewState.Shortened(Noon),
        ["justified"] = new ReviewState.Justified(),
        ["not_justified"] = new ReviewState.NotJustified(),
        ["unanswered"] = new ReviewState.Unanswered(),
        ["voided"] = new ReviewState.Voided(ReviewVoidReason.SubjectLeft),
    };

    private static readonly Dictionary<string, ReviewEvent> Events = new(StringComparer.Ordinal)
    {
        ["keep"] = Answer(new ReviewAnswer.Keep()),
        ["remove"] = Answer(new ReviewAnswer.Remove()),
        ["shorten"] = Answer(new ReviewAnswer.Shorten(Noon.AddDays(1))),
        ["justified"] = Answer(new ReviewAnswer.Justified()),
        ["not_justified"] = Answer(new ReviewAnswer.NotJustified()),
        ["ticked"] = new ReviewEvent.Ticked(),
    };

    /// <summary>What becomes of an open item, by cause, before and after its end: state, effects, refusal. A pair that is missing here fails the test below.</summary>
    public static TheoryData<ReviewCause, bool, string, string, ReviewEffect[], ReviewRefusal?> Open()
    {
        var rows = new TheoryData<ReviewCause, bool, string, string, ReviewEffect[], ReviewRefusal?>();
        foreach (var cause in new[] { ReviewCause.Recurring, ReviewCause.ByHand, ReviewCause.Incompatibility, ReviewCause.Import })
        {
            rows.Add(cause, false, "keep", "kept", [], null);
            rows.Add(cause, false, "remove", "removed", [ReviewEffect.End, ReviewEffect.TellHolder], null);
            rows.Add(cause, false, "shorten", "shortened", [ReviewEffect.Cut, ReviewEffect.TellHolder], null);
            rows.Add(cause, false, "justified", "open", [], ReviewRefusal.WrongAnswer);
            rows.Add(cause, false, "not_justified", "open", [], ReviewRefusal.WrongAnswer);
            rows.Add(cause, false, "ticked", "open", [], null);
            foreach (var late in new[] { "keep", "remove", "shorten" })
            {
                rows.Add(cause, true, late, "open", [], ReviewRefusal.TooLate);
            }
            rows.Add(cause, true, "justified", "open", [], ReviewRefusal.WrongAnswer);
            rows.Add(cause, true, "not_justified", "open", [], ReviewRefusal.WrongAnswer);
            rows.Add(cause, true, "ticked", "unanswered", [ReviewEffect.Suspend, ReviewEffect.TellHolder], null);
        }
        foreach (var over in new[] { false, true })
        {
            foreach (var wrong in new[] { "keep", "remove", "shorten" })
            {
                rows.Add(ReviewCause.BreakGlass, over, wrong, "open", [], ReviewRefusal.WrongAnswer);
            }
            rows.Add(ReviewCause.BreakGlass, over, "justified", "justified", [], null); // overdue or not, it must be answered
            rows.Add(ReviewCause.BreakGlass, over, "not_justified", "not_justified", [ReviewEffect.End, ReviewEffect.TellHolder], null);
            rows.Add(ReviewCause.BreakGlass, over, "ticked", "open", over ? [ReviewEffect.Alarm] : [], null);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Open))]
    public void Every_event_of_an_open_item_is_decided(
        ReviewCause cause,
        bool isOver,
        string happens,
        string afterwards,
        ReviewEffect[] effects,
        ReviewRefusal? refusal
    )
    {
        var step = ReviewMachine.Next(Item(cause), Events[happens], Facts(isOver ? Noon.AddDays(14) : Noon));
        Assert.Equal((afterwards, refusal), (NameOf(step.Item.State), step.Refusal));
        Assert.Equal(effects, step.Effects);
    }

    [Fact]
    public void No_pair_is_left_out()
    {
        Assert.Equal(typeof(ReviewState).GetNestedTypes().Count(t => t.IsSubclassOf(typeof(ReviewState))), States.Count);
        Assert.Equal(
            typeof(ReviewAnswer).GetNestedTypes().Count(t => t.IsSubclassOf(typeof(ReviewAnswer)))
                + typeof(ReviewEvent).GetNestedTypes().Count(t => t.IsSubclassOf(typeof(ReviewEvent)))
                - 1,
            Events.Count
        );
        Assert.Equal(Enum.GetValues<ReviewCause>().Length * 2 * Events.Count, Open().Count);
    }

    [Fact]
    public void What_is_final_stays_whatever_happens()
    {
        foreach (var (name, state) in States.Where(s => s.Value is not ReviewState.Open))
        {
            foreach (var (happens, what) in Events)
            {
                foreach (var cause in Enum.GetValues<ReviewCause>())
                {
                    var item = Item(cause) with { State = state };
                    var step = ReviewMachine.Next(item, what, Facts(Noon.AddDays(30)) with { Gone = ReviewVoidReason.AssignmentEnded });
                    Assert.Same(item, step.Item);
                    Assert.Empty(step.Effects);
                    Assert.Equal(
                        happens == "ticked" ? null
                            : name == "unanswered" ? ReviewRefusal.TooLate
                            : ReviewRefusal.Decided,
                        step.Refusal
                    );
                }
            }
        }
    }

    [Theory]
    [InlineData(null, false, true, ReviewRefusal.PersonRequired)]
    [InlineData("reviewer", true, true, ReviewRefusal.OwnItem)]
    [InlineData("reviewer", true, false, ReviewRefusal.OwnItem)]
    [InlineData("reviewer", false, false, ReviewRefusal.NotAReviewer)]
    public void Only_a_known_person_who_is_asked_answers_and_never_for_their_own(string? person, bool isOwn, bool mayReview, ReviewRefusal refusal)
    {
        foreach (var cause in Enum.GetValues<ReviewCause>())
        {
            foreach (var answer in Events.Values.OfType<ReviewEvent.Answered>())
            {
                var given = answer with { Person = person, IsOwn = isOwn, MayReview = mayReview };
                Assert.Equal(refusal, ReviewMachine.Next(Item(cause), given, Facts(Noon)).Refusal);
            }
        }
    }

    [Theory]
    [InlineData(0, false)] // now
    [InlineData(-1, false)]
    [InlineData(10, false)] // the end that it has
    [InlineData(11, false)]
    [InlineData(9, true)]
    public void An_assignment_is_cut_and_never_lengthened(int days, bool isCut)
    {
        var cut = Answer(new ReviewAnswer.Shorten(Noon.AddDays(days)));
        var facts = Facts(Noon) with { NotAfter = Noon.AddDays(10) };
        Assert.Equal(isCut ? null : ReviewRefusal.NotShorter, ReviewMachine.Next(Item(), cut, facts).Refusal);
    }

    [Fact]
    public void A_booked_assignment_is_not_cut_to_nothing() =>
        Assert.Equal(
            ReviewRefusal.NotShorter,
            ReviewMachine.Next(Item(), Events["shorten"], Facts(Noon) with { NotBefore = Noon.AddDays(1), NotAfter = Noon.AddDays(9) }).Refusal
        );

    [Theory]
    [InlineData(ReviewVoidReason.AssignmentEnded)]
    [InlineData(ReviewVoidReason.SubjectLeft)]
    public void What_is_gone_is_void_and_an_emergency_is_answered_all_the_same(ReviewVoidReason gone)
    {
        var facts = Facts(Noon.AddDays(20)) with { Gone = gone };
        Assert.Equal(new ReviewState.Voided(gone), ReviewMachine.Next(Item(), new ReviewEvent.Ticked(), facts).Item.State);
        Assert.Equal(ReviewRefusal.Gone, ReviewMachine.Next(Item(), Events["keep"], facts).Refusal);
        var emergency = Item(ReviewCause.BreakGlass);
        Assert.IsType<ReviewState.Open>(ReviewMachine.Next(emergency, new ReviewEvent.Ticked(), facts).Item.State);
        var step = ReviewMachine.Next(emergency, Events["not_justified"], facts);
        Assert.IsType<ReviewState.NotJustified>(step.Item.State);
        Assert.DoesNotContain(ReviewEffect.End, step.Effects); // there is nothing left to end
    }

    [Fact]
    public void Nobody_takes_the_last_administrator_away_and_the_clock_only_alarms_once()
    {
        var facts = Facts(Noon.AddDays(14)) with { IsLastAdministrator = true };
        Assert.Equal(ReviewRefusal.LastAdministrator, ReviewMachine.Next(Item(), Events["remove"], facts).Refusal);
        Assert.Equal(ReviewRefusal.LastAdministrator, ReviewMachine.Next(Item(), Answer(new ReviewAnswer.Shorten(Noon.AddDays(20))), facts).Refusal);
        Assert.IsType<ReviewState.Kept>(ReviewMachine.Next(Item(), Events["keep"], facts).Item.State); // also after the end
        var alarmed = ReviewMachine.Next(Item(), new ReviewEvent.Ticked(), facts);
        Assert.Equal([ReviewEffect.Alarm], alarmed.Effects);
        var still = ReviewMachine.Next(alarmed.Item, new ReviewEvent.Ticked(), facts);
        Assert.Same(alarmed.Item, still.Item);
        Assert.Empty(still.Effects);
        var another = ReviewMachine.Next(alarmed.Item, new ReviewEvent.Ticked(), facts with { IsLastAdministrator = false });
        Assert.IsType<ReviewState.Unanswered>(another.Item.State); // once somebody else holds it, no answer is no answer
    }

    [Fact]
    public void No_answer_does_what_the_policy_says_and_never_more_than_is_left_to_do()
    {
        var over = Facts(Noon.AddDays(14));
        Assert.Contains(ReviewEffect.End, ReviewMachine.Next(Item(), new ReviewEvent.Ticked(), over with { OnNoAnswer = NoAnswer.End }).Effects);
        var suspended = ReviewMachine.Next(Item(), new ReviewEvent.Ticked(), over with { IsSuspended = true });
        Assert.IsType<ReviewState.Unanswered>(suspended.Item.State);
        Assert.Empty(suspended.Effects);
    }

    [Fact]
    public void Reminders_are_due_at_half_of_the_time_and_at_nine_tenths()
    {
        Assert.Equal(Noon.AddDays(5), ReviewMachine.NextReminder(Noon, Noon.AddDays(10), sent: 0));
        Assert.Equal(Noon.AddDays(9), ReviewMachine.NextReminder(Noon, Noon.AddDays(10), sent: 1));
        Assert.Null(ReviewMachine.NextReminder(Noon, Noon.AddDays(10), sent: 2));
    }

    private static ReviewEvent.Answered Answer(ReviewAnswer answer) => new("reviewer", IsOwn: false, MayReview: true, answer);

    private static ReviewItem Item(ReviewCause cause = ReviewCause.Recurring) => new(cause, Noon.AddDays(14)) { State = new ReviewState.Open() };

    private static ReviewFacts Facts(DateTimeOffset at) =>
        new(at, Gone: null, Noon.AddDays(-90), NotAfter: null, IsSuspended: false, IsLastAdministrator: false, NoAnswer.Suspend);

    private static string NameOf(ReviewState state) => States.Single(s => s.Value.GetType() == state.GetType()).Key;
}
