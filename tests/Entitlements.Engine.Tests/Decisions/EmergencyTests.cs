using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;

namespace Entitlements.Engine.Tests.Decisions;

/// <summary>What an emergency may set aside in a decision, and for how long.</summary>
public sealed class EmergencyTests
{
    private static readonly AssessmentFacts Lapsed = new(true, Noon.AddDays(-1), TimeSpan.Zero, RedeemedBeforeLapse: false);

    [Fact]
    public void Guidance_may_wait_until_its_time_is_over_and_the_decision_knows_when()
    {
        var facts = Everything with { GuidanceOutstanding = true, GuidanceDeferredUntil = Noon.AddHours(1) };
        Assert.Equal(Noon.AddHours(1), Assert.IsType<Decision.Allow>(Evaluator.Evaluate(Download, facts, Noon)).HoldsUntil);
        Assert.Equal([DenyReason.GuidanceNotAccepted], Reasons(facts with { GuidanceDeferredUntil = Noon }));
    }

    [Fact]
    public void A_lapsed_assessment_may_be_set_aside_and_a_missing_or_refused_one_never()
    {
        var risky = Everything with { Resource = Recorder with { HighRisk = true } };
        var aside = Lapsed with { SetAsideUntil = Noon.AddHours(1) };
        Assert.Equal(Noon.AddHours(1), Assert.IsType<Decision.Allow>(Evaluator.Evaluate(Download, risky with { Assessment = aside }, Noon)).HoldsUntil);
        Assert.Equal([DenyReason.AssessmentLapsed], Reasons(risky with { Assessment = aside with { SetAsideUntil = Noon } }));
        Assert.Equal([DenyReason.AssessmentMissing], Reasons(risky with { Assessment = aside with { Approved = false } }));
        Assert.Equal([DenyReason.AssessmentMissing], Reasons(risky with { Assessment = null }));
    }

    [Fact]
    public void An_assignment_for_another_device_confers_nothing_on_this() =>
        Assert.Equal([DenyReason.DeviceNotGranted], Reasons(Everything with { Held = [Held(1, "negotiator") with { ForAnotherDevice = true }] }));

    [Fact]
    public void One_for_another_device_stands_in_the_way_of_none_for_this()
    {
        var elsewhere = Held(1, "negotiator") with { ForAnotherDevice = true };
        Assert.Equal(2, Assert.IsType<Decision.Allow>(Evaluator.Evaluate(Download, Everything with { Held = [elsewhere, Held(2, "negotiator")] }, Noon)).By);
    }
}
