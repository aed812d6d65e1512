using System.Collections.Immutable;
using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Tests.Requests;

public sealed class EmergencyTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 24, 3, 0, 0, TimeSpan.Zero);
    private static readonly Approver Dpo = new(ApproverKind.Role, "data-protection-officer");

    private static readonly ApprovalPolicy Policy = new(
        [new([new(ApproverKind.Role, "approver")], 2, TimeSpan.FromHours(40)), new([new(ApproverKind.LineManager, "")], 1, TimeSpan.FromHours(40))],
        TimeSpan.FromDays(90),
        TimeSpan.FromDays(30)
    )
    {
        Questions = [new("why", "Why?", "Pam?")],
        CoolOff = TimeSpan.FromDays(7),
        Urgent = new("negotiators", TimeSpan.FromHours(12), TimeSpan.FromHours(1)) { Escalation = [new(ApproverKind.Role, "superintendent")] },
        BreakGlass = new(["negotiator-pool"], TimeSpan.FromHours(10), [Dpo]),
    };

    private static readonly GlassFacts May = new(IsNamed: true, IsReviewOverdue: false, WasDenied: false);

    [Fact]
    public void Urgent_is_one_vote_by_whoever_is_on_duty_around_the_clock()
    {
        var asked = RequestMachine.Submit(Policy.AsUrgent(then: null), ["asker"], Facts(Night)).Request;
        Assert.Equal([new(ApproverKind.OnDuty, "negotiators")], asked.Asked);
        Assert.Equal(Night.AddHours(1), Assert.IsType<RequestState.Pending>(asked.State).Deadlines.Expires);
        Assert.Equal(RequestRefusal.OwnRequest, RequestMachine.Next(asked, Vote("asker"), Facts(Night)).Refusal); // the asker is on duty, too
        var granted = RequestMachine.Next(asked, Vote("inspector"), Facts(Night)).Request;
        Assert.IsType<RequestState.Granted>(granted.State);
        Assert.Equal(Night.AddHours(12), granted.EndOf(Night, asked: null));
        Assert.Equal(Night.AddHours(12), granted.EndOf(Night, Night.AddDays(30)));
    }

    [Fact]
    public void What_those_on_duty_may_not_set_aside_takes_another_persons_vote_after_theirs()
    {
        var asked = RequestMachine.Submit(Policy.AsUrgent(Dpo), ["asker"], Facts(Night)).Request;
        var half = RequestMachine.Next(asked, Vote("inspector"), Facts(Night)).Request;
        Assert.Equal([Dpo], half.Asked);
        Assert.Equal(RequestRefusal.AlreadyVoted, RequestMachine.Next(half, Vote("inspector"), Facts(Night)).Refusal);
        Assert.IsType<RequestState.Granted>(RequestMachine.Next(half, Vote("dpo"), Facts(Night)).Request.State);
    }

    [Fact]
    public void Nobody_on_duty_asks_the_escalation_and_with_none_there_it_is_void_and_told()
    {
        var alone = RequestMachine.Submit(Policy.AsUrgent(null), ["asker"], Facts(Night) with { Pools = [new(0, 1)] });
        Assert.Contains(new(ApproverKind.Role, "superintendent"), alone.Request.Asked);
        var nobody = RequestMachine.Submit(Policy.AsUrgent(null), ["asker"], Facts(Night) with { Pools = [new(0, 0)] });
        Assert.Equal(VoidReason.NoApprover, Assert.IsType<RequestState.Voided>(nobody.Request.State).Because);
        Assert.Contains(RequestEffect.AlertNoApprover, nobody.Effects);
    }

    [Fact]
    public void Who_is_told_by_no_channel_has_others_asked_at_once_and_only_once()
    {
        var asked = RequestMachine.Submit(Policy.AsUrgent(null), ["asker"], Facts(Night)).Request;
        var escalated = RequestMachine.Next(asked, new RequestEvent.Unreached(), Facts(Night));
        Assert.Equal([RequestEffect.AskEscalation], escalated.Effects);
        Assert.Equal(["negotiators", "superintendent"], escalated.Request.Asked.Select(a => a.Id));
        Assert.Empty(RequestMachine.Next(escalated.Request, new RequestEvent.Unreached(), Facts(Night)).Effects);
        var ordinary = RequestMachine.Submit(Policy, ["asker"], Facts(Night)).Request; // which has nobody to escalate to
        Assert.Same(ordinary, RequestMachine.Next(ordinary, new RequestEvent.Unreached(), Facts(Night)).Request);
    }

    [Fact]
    public void The_broken_glass_grants_at_once_for_a_shift_and_tells_everyone_who_was_not_asked()
    {
        var step = RequestMachine.TakeAtOnce(Policy.AsBreakGlass(), ["asker"], Facts(Night), May);
        Assert.Equal([RequestEffect.Grant, RequestEffect.TellSkipped, RequestEffect.TellOutcome], step.Effects);
        Assert.Equal(Night.AddHours(10), step.Request.EndOf(Night, Night.AddDays(1)));
        Assert.Equal((typeof(RequestState.Granted), null), (step.Request.State.GetType(), step.Refusal));
    }

    [Fact]
    public void The_glass_holds_for_who_is_not_named_while_a_review_is_overdue_and_after_a_no()
    {
        (GlassFacts Glass, RequestRefusal Refusal)[] cases =
        [
            (May with { IsNamed = false }, RequestRefusal.NotNamed),
            (May with { IsReviewOverdue = true }, RequestRefusal.ReviewOverdue),
            (May with { WasDenied = true }, RequestRefusal.DeniedOnDuty),
        ];
        foreach (var (glass, refusal) in cases)
        {
            var step = RequestMachine.TakeAtOnce(Policy.AsBreakGlass(), ["asker"], Facts(Night), glass);
            Assert.Equal((refusal, true), (step.Refusal!.Value, step.Effects.IsEmpty));
        }
    }

    [Theory]
    [InlineData(VoidReason.AppBarred)]
    [InlineData(VoidReason.AssessmentLapsed)]
    [InlineData(VoidReason.SubjectInactive)]
    [InlineData(VoidReason.IncompatibleRole)]
    [InlineData(VoidReason.EstablishmentReached)]
    public void No_emergency_passes_what_stands_against_the_grant(VoidReason bar)
    {
        var barred = Facts(Night) with { Bar = bar };
        var glass = RequestMachine.TakeAtOnce(Policy.AsBreakGlass(), ["asker"], barred, May);
        Assert.Equal((RequestRefusal.Voided, false), (glass.Refusal!.Value, glass.Effects.Contains(RequestEffect.Grant)));
        var urgent = RequestMachine.Submit(Policy.AsUrgent(null), ["asker"], barred);
        Assert.Equal(bar, Assert.IsType<RequestState.Voided>(urgent.Request.State).Because);
    }

    [Fact]
    public void An_emergency_asks_no_questions_and_breaking_the_glass_always_for_the_incident()
    {
        Assert.Empty(Policy.AsUrgent(null).Questions);
        Assert.Equal((TimeSpan.Zero, true), (Policy.AsBreakGlass().CoolOff, Policy.AsBreakGlass().TicketRequired));
        var plain = Policy with { Urgent = null, BreakGlass = null };
        Assert.Throws<InvalidOperationException>(() => plain.AsUrgent(null));
        Assert.Throws<InvalidOperationException>(plain.AsBreakGlass);
    }

    private static RequestFacts Facts(DateTimeOffset at) => new(at, Bar: null, Outstanding: false, [new(2, 3), new(2, 2)], WorkingCalendar.AroundTheClock);

    private static RequestEvent.Voted Vote(string person) => new(person, null, ImmutableArray.Create(0), Approves: true, Until: null);
}
