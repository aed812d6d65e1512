using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Tests.Requests;

/// <summary>Accreditations that a request rests on.</summary>
public sealed class AccreditationTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void All_that_are_asked_for_are_needed_and_the_first_to_end_ends_them_all()
    {
        var cover = AccreditationCover.Of(["firearms", "first-aid"], [Held("firearms", 0, 9), Held("first-aid", -3, 4), Held("driving", 0, 1)], Noon);
        Assert.Empty(cover.Missing);
        Assert.Equal(Noon.AddHours(4), cover.Until);
        Assert.Equal(["first-aid"], AccreditationCover.Of(["firearms", "first-aid"], [Held("firearms", 0, 9)], Noon).Missing);
        Assert.Null(AccreditationCover.Of(["firearms", "first-aid"], [Held("firearms", 0, 9)], Noon).Until);
    }

    [Fact]
    public void Nothing_asked_for_is_nothing_missing_and_no_end()
    {
        var cover = AccreditationCover.Of([], [Held("firearms", 0, 1)], Noon);
        Assert.Empty(cover.Missing);
        Assert.Null(cover.Until);
    }

    [Fact]
    public void It_is_held_on_its_first_instant_and_not_on_its_last()
    {
        var held = Held("firearms", 0, 1);
        Assert.Empty(AccreditationCover.Of(["firearms"], [held], Noon).Missing);
        Assert.Single(AccreditationCover.Of(["firearms"], [held], Noon.AddTicks(-1)).Missing);
        Assert.Empty(AccreditationCover.Of(["firearms"], [held], Noon.AddHours(1).AddTicks(-1)).Missing);
        Assert.Single(AccreditationCover.Of(["firearms"], [held], Noon.AddHours(1)).Missing);
        Assert.Single(AccreditationCover.Of(["firearms"], [held with { Ended = true }], Noon).Missing);
    }

    [Fact]
    public void Where_one_sources_time_ends_anothers_goes_on_unless_there_is_a_gap()
    {
        Assert.Equal(Noon.AddHours(8), AccreditationCover.Of(["a"], [Held("a", 3, 8), Held("a", -1, 3), Held("a", 0, 1)], Noon).Until);
        Assert.Equal(Noon.AddHours(3), AccreditationCover.Of(["a"], [Held("a", 4, 8), Held("a", -1, 3)], Noon).Until);
    }

    [Fact]
    public void It_is_known_when_what_is_missing_begins_by_itself()
    {
        Assert.Equal(Noon.AddHours(5), AccreditationCover.Of(["a", "b"], [Held("a", 5, 8), Held("a", 6, 8), Held("b", 2, 9)], Noon).Begins);
        Assert.Null(AccreditationCover.Of(["a", "b"], [Held("a", 5, 8)], Noon).Begins);
        Assert.Null(AccreditationCover.Of(["a"], [Held("a", 0, 8)], Noon).Begins);
    }

    [Fact]
    public void A_request_waits_for_a_missing_accreditation_looks_when_it_begins_and_then_goes_on()
    {
        var begins = Noon.AddDays(2);
        var missing = Given.Facts(Noon) with { Unaccredited = true };
        var waiting = RequestMachine.Submit(Given.Policy, ["requester"], missing);
        Assert.Equal([RequestEffect.AskRequester], waiting.Effects);
        Assert.Equal(Noon + Given.Policy.RequesterPatience, waiting.Request.State.DueAt);
        var known = RequestMachine.Next(waiting.Request, new RequestEvent.Screened(), missing with { AccreditedFrom = begins });
        Assert.Empty(known.Effects); // who waits is not told again
        Assert.Equal(begins, known.Request.State.DueAt);
        Assert.Same(known.Request, RequestMachine.Next(known.Request, new RequestEvent.Screened(), missing with { AccreditedFrom = begins }).Request);
        Assert.IsType<RequestState.Pending>(RequestMachine.Next(known.Request, new RequestEvent.Ticked(), Given.Facts(begins)).Request.State);
        var late = RequestMachine.Next(waiting.Request, new RequestEvent.Ticked(), missing with { At = Noon + Given.Policy.RequesterPatience });
        Assert.IsType<RequestState.Expired>(late.Request.State);
    }

    [Fact]
    public void Guidance_and_accreditation_are_both_waited_for()
    {
        var both = Given.Facts(Noon) with { Unaccredited = true, Outstanding = true };
        var waiting = RequestMachine.Submit(Given.Policy, ["requester"], both).Request;
        foreach (var one in new[] { both with { Unaccredited = false }, both with { Outstanding = false } })
        {
            Assert.IsType<RequestState.AwaitingRequester>(RequestMachine.Next(waiting, new RequestEvent.Screened(), one).Request.State);
        }
    }

    [Fact]
    public void Lost_before_the_deciding_vote_it_is_void()
    {
        var lost = Given.Facts(Noon) with { Unaccredited = true };
        var voted = RequestMachine.Next(Given.Pending(), Given.Approval("approver"), lost);
        Assert.Equal((new RequestState.Voided(VoidReason.AccreditationLost), RequestRefusal.Voided), (voted.Request.State, voted.Refusal));
        Assert.Empty(voted.Request.Votes);
        var screened = RequestMachine.Next(Given.Pending(), new RequestEvent.Screened(), lost);
        Assert.Equal(new RequestState.Voided(VoidReason.AccreditationLost), screened.Request.State);
    }

    [Fact]
    public void No_broken_glass_sets_it_aside()
    {
        var policy = Given.Policy with { BreakGlass = new(["named"], TimeSpan.FromHours(8), [new(ApproverKind.Role, "reviewer")]) };
        var taken = RequestMachine.TakeAtOnce(
            policy.AsBreakGlass(),
            ["requester"],
            Given.Facts(Noon) with
            {
                Unaccredited = true,
            },
            new(IsNamed: true, IsReviewOverdue: false, WasDenied: false)
        );
        Assert.Equal(RequestRefusal.Unaccredited, taken.Refusal);
        Assert.DoesNotContain(RequestEffect.Grant, taken.Effects);
    }

    private static HeldAccreditation Held(string accreditation, int from, int until) => new(accreditation, Noon.AddHours(from), Noon.AddHours(until), false);
}
