using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;

namespace Entitlements.Engine.Tests.Decisions;

public sealed class AssessmentAndDeviceTests
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private static readonly Facts HighRisk = Everything with
    {
        Resource = Recorder with { HighRisk = true },
        Assessment = new(Approved: true, Noon, Week, RedeemedBeforeLapse: false),
    };

    private static readonly Facts Redeemed = HighRisk with { Assessment = HighRisk.Assessment! with { RedeemedBeforeLapse = true } };

    [Fact]
    public void A_high_risk_app_needs_an_approved_assessment_and_no_other_app_does()
    {
        Assert.Equal([DenyReason.AssessmentMissing], Reasons(HighRisk with { Assessment = null }, at: Noon.AddTicks(-1)));
        Assert.Equal(
            [DenyReason.AssessmentMissing],
            Reasons(HighRisk with { Assessment = HighRisk.Assessment! with { Approved = false } }, at: Noon.AddTicks(-1))
        );
        Assert.True(Allows(HighRisk with { Resource = Recorder, Assessment = null }));
        Assert.True(Allows(HighRisk with { Resource = Recorder }, at: Noon.AddYears(1)));
    }

    [Fact]
    public void The_review_date_is_the_first_instant_on_which_new_people_are_refused()
    {
        Assert.True(Allows(HighRisk, at: Noon.AddTicks(-1)));
        Assert.Equal([DenyReason.AssessmentLapsed], Reasons(HighRisk, at: Noon));
    }

    [Fact]
    public void Who_redeemed_before_the_lapse_goes_on_until_the_grace_is_over()
    {
        Assert.True(Allows(Redeemed, at: Noon));
        Assert.True(Allows(Redeemed, at: Noon + Week - TimeSpan.FromTicks(1)));
        Assert.Equal([DenyReason.AssessmentLapsed], Reasons(Redeemed, at: Noon + Week));
    }

    [Fact]
    public void No_grace_and_an_absurd_grace_are_both_harmless()
    {
        Assert.Equal([DenyReason.AssessmentLapsed], Reasons(Redeemed with { Assessment = Redeemed.Assessment! with { Grace = TimeSpan.Zero } }));
        Assert.True(Allows(Redeemed with { Assessment = Redeemed.Assessment! with { Grace = TimeSpan.MaxValue } }));
        Assert.Equal([DenyReason.AssessmentLapsed], Reasons(Redeemed with { Assessment = Redeemed.Assessment! with { Grace = TimeSpan.MinValue } }));
    }

    [Fact]
    public void Guidance_in_force_must_be_accepted() => Assert.Equal([DenyReason.GuidanceNotAccepted], Reasons(Everything with { GuidanceOutstanding = true }));

    [Fact]
    public void A_rule_that_asks_for_a_device_denies_without_one_and_for_a_strange_one()
    {
        var nameless = Download with { Context = Context.None };
        Assert.Equal([DenyReason.DeviceRequired], Reasons(Everything, nameless));
        Assert.Equal([DenyReason.DeviceRequired], Reasons(Everything with { Device = null }, nameless));
        Assert.Equal([DenyReason.DeviceUnknown], Reasons(Everything with { Device = null }));
        Assert.True(Allows(Everything with { Device = null, Rule = Negotiators with { Device = DeviceCondition.None } }, nameless));
    }

    [Theory]
    [InlineData(DeviceKind.Personal, true, false, true)]
    [InlineData(DeviceKind.Personal, false, true, false)]
    [InlineData(DeviceKind.Personal, false, false, false)]
    [InlineData(DeviceKind.Pool, true, false, false)]
    [InlineData(DeviceKind.Pool, false, true, true)]
    [InlineData(DeviceKind.Pool, false, false, false)]
    [InlineData(DeviceKind.Shared, false, false, true)]
    public void A_device_is_theirs_by_its_kind(DeviceKind kind, bool belongs, bool booked, bool theirs)
    {
        var facts = Everything with { Device = new(kind, belongs, booked, Managed: false, DateTimeOffset.MaxValue) };
        Assert.Equal(theirs ? [] : [DenyReason.DeviceNotTheirs], Reasons(facts));
    }

    [Theory]
    [InlineData(DeviceKind.Personal)]
    [InlineData(DeviceKind.Pool)]
    [InlineData(DeviceKind.Shared)]
    public void A_booking_or_provisional_time_is_over_on_its_last_instant(DeviceKind kind)
    {
        var facts = Everything with { Device = new(kind, true, true, Managed: true, Noon) };
        Assert.True(Allows(facts, at: Noon.AddTicks(-1)));
        Assert.Equal([DenyReason.DeviceNotTheirs], Reasons(facts));
    }

    [Fact]
    public void Managed_is_asked_only_where_the_rule_asks()
    {
        var unmanaged = Everything with { Device = Phone with { Managed = false } };
        Assert.True(Allows(unmanaged));
        Assert.Equal([DenyReason.DeviceNotManaged], Reasons(unmanaged with { Rule = Negotiators with { Device = DeviceCondition.Managed } }));
    }

    [Theory]
    [InlineData(null, 99, true)]
    [InlineData(2, 1, true)]
    [InlineData(2, 2, false)]
    [InlineData(2, 3, false)]
    [InlineData(0, 0, false)]
    public void The_device_limit_counts_this_device_too(int? limit, int others, bool allowed)
    {
        var facts = Everything with { Resource = Recorder with { DeviceLimit = limit, OtherDevices = others } };
        Assert.Equal(allowed ? [] : [DenyReason.DeviceLimitReached], Reasons(facts));
    }
}
