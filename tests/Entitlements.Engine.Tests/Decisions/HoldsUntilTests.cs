using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;

namespace Entitlements.Engine.Tests.Decisions;

public sealed class HoldsUntilTests
{
    [Fact]
    public void An_allow_holds_until_its_window_shuts() =>
        Assert.Equal(Noon.AddHours(1), Until(Everything with { Held = [Held(1, "negotiator", until: Noon.AddHours(1))] }));

    [Fact]
    public void A_denial_holds_until_a_window_opens() =>
        Assert.Equal(Noon.AddHours(1), Until(Everything with { Held = [Held(1, "negotiator", from: Noon.AddHours(1))] }));

    [Fact]
    public void What_time_alone_does_not_change_holds_for_ever()
    {
        Assert.Equal(DateTimeOffset.MaxValue, Until(Everything with { Rule = null, Held = [Held(1, "negotiator", until: Noon.AddHours(1))] }));
        Assert.Equal(DateTimeOffset.MaxValue, Until(Everything with { Subject = null, Held = [Held(1, "negotiator", until: Noon.AddHours(1))] }));
        Assert.Equal(DateTimeOffset.MaxValue, Until(Everything with { Held = [Held(1, "negotiator", until: Noon)] }));
    }

    [Fact]
    public void Boundaries_that_change_nothing_are_passed_over()
    {
        var facts = Everything with
        {
            Held =
            [
                Held(1, "negotiator", until: Noon.AddHours(9)),
                Held(2, "negotiator", until: Noon.AddHours(1)),
                Held(3, "officer", until: Noon.AddHours(2)),
            ],
            Assessment = new(true, Noon.AddHours(3), TimeSpan.FromHours(1), false),
            Rule = Negotiators with { Device = DeviceCondition.None },
            Device = Phone with { UsableUntil = Noon.AddHours(4) },
        };
        Assert.Equal(Noon.AddHours(9), Until(facts));
    }

    [Fact]
    public void A_change_of_reasons_ends_a_denial_though_it_stays_one()
    {
        var facts = Everything with { GuidanceOutstanding = true, Device = Phone with { UsableUntil = Noon.AddHours(4) } };
        Assert.Equal(Noon.AddHours(4), Until(facts));
        Assert.Equal([DenyReason.GuidanceNotAccepted, DenyReason.DeviceNotTheirs], Reasons(facts, at: Noon.AddHours(4)));
    }

    [Fact]
    public void Another_assignment_that_takes_over_ends_an_allow_though_it_stays_one()
    {
        var facts = Everything with { Held = [Held(1, "negotiator", until: Noon.AddHours(2)), Held(2, "negotiator", from: Noon.AddHours(1))] };
        Assert.Equal(new Decision.Allow(1, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
        Assert.Equal(new Decision.Allow(2, DateTimeOffset.MaxValue), Evaluator.Evaluate(Download, facts, Noon.AddHours(1)));
    }

    [Fact]
    public void A_conflict_that_begins_ends_an_allow_and_one_that_ends_begins_it()
    {
        var facts = Everything with { Held = [Held(1, "negotiator", conflicts: "auditor"), Held(2, "auditor", Noon.AddHours(1), Noon.AddHours(2))] };
        Assert.Equal(new Decision.Allow(1, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
        Assert.Equal(
            new Decision.Deny(default(DenyReasons).With(DenyReason.SeparationOfDuty), Noon.AddHours(2)),
            Evaluator.Evaluate(Download, facts, Noon.AddHours(1))
        );
    }

    [Fact]
    public void A_lapse_ends_it_for_new_people_and_the_end_of_grace_for_the_others()
    {
        var facts = Everything with { Resource = Recorder with { HighRisk = true }, Assessment = new(true, Noon.AddDays(1), TimeSpan.FromDays(7), false) };
        Assert.Equal(Noon.AddDays(1), Until(facts));
        Assert.Equal(Noon.AddDays(8), Until(facts with { Assessment = facts.Assessment! with { RedeemedBeforeLapse = true } }));
        Assert.Equal(DateTimeOffset.MaxValue, Until(facts, Noon.AddDays(1)));
    }

    [Fact]
    public void A_hidden_app_appears_when_the_window_opens() =>
        Assert.Equal(
            Noon.AddHours(1),
            Until(Everything with { Resource = Recorder with { Hidden = true }, Held = [Held(1, "negotiator", from: Noon.AddHours(1))] })
        );
}
