using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;

namespace Entitlements.Engine.Tests.Decisions;

public sealed class SubjectAndResourceTests
{
    [Fact]
    public void Who_holds_the_role_gets_the_app_and_is_told_by_which_assignment()
    {
        var allow = Assert.IsType<Decision.Allow>(Evaluator.Evaluate(Download, Everything, Noon));
        Assert.Equal(1, allow.By);
        Assert.Equal(DateTimeOffset.MaxValue, allow.HoldsUntil);
    }

    [Fact]
    public void No_facts_at_all_are_a_denial() => Assert.Equal([DenyReason.NotAvailable], Reasons(new Facts()));

    [Fact]
    public void Unknown_hidden_and_foreign_are_said_alone_and_alike()
    {
        var busy = Everything with { Held = [], Rule = null, Device = null, GuidanceOutstanding = true };
        Facts[] absent =
        [
            busy with
            {
                CallerMayAsk = false,
            },
            busy with
            {
                Subject = null,
            },
            busy with
            {
                Resource = null,
            },
            busy with
            {
                Resource = Recorder with { Adopted = false, Bars = Bars.Recalled },
            },
            busy with
            {
                Resource = Recorder with { ActionKnown = false, Release = null },
            },
            busy with
            {
                Resource = Recorder with { Hidden = true, Bars = Bars.Suspended },
            },
            busy with
            {
                Resource = Recorder with { Hidden = true },
                Rule = Negotiators,
            },
        ];
        var answers = absent.Select(facts => Evaluator.Evaluate(Download, facts, Noon)).Distinct();
        Assert.Equal(new Decision.Deny(default(DenyReasons).With(DenyReason.NotAvailable), DateTimeOffset.MaxValue), Assert.Single(answers));
    }

    [Fact]
    public void A_hidden_app_tells_its_reasons_to_who_holds_a_role_of_its_rule_even_a_suspended_one()
    {
        var hidden = Everything with { Resource = Recorder with { Hidden = true } };
        Assert.True(Allows(hidden));
        Assert.Equal([DenyReason.AssignmentSuspended], Reasons(hidden with { Held = [Held(1, "negotiator", suspended: true)] }));
        Assert.Equal([DenyReason.NotAvailable], Reasons(hidden with { Held = [Held(1, "negotiator", from: Noon.AddTicks(1))] }));
        Assert.Equal([DenyReason.NotAvailable], Reasons(hidden with { Held = [Held(1, "officer")] }));
    }

    [Fact]
    public void An_ended_account_and_a_suspended_person_are_two_reasons()
    {
        Assert.Equal([DenyReason.SubjectInactive], Reasons(Everything with { Subject = new(false, false) }));
        Assert.Equal([DenyReason.SubjectSuspended], Reasons(Everything with { Subject = new(true, true) }));
        Assert.Equal([DenyReason.SubjectInactive, DenyReason.SubjectSuspended], Reasons(Everything with { Subject = new(false, true) }));
    }

    [Theory]
    [InlineData(Bars.Recalled, new[] { DenyReason.AppRecalled })]
    [InlineData(Bars.Withdrawn, new[] { DenyReason.AppWithdrawn })]
    [InlineData(Bars.Suspended, new[] { DenyReason.AppSuspended })]
    [InlineData(Bars.Suspended | Bars.Withdrawn | Bars.Recalled, new[] { DenyReason.AppRecalled, DenyReason.AppWithdrawn, DenyReason.AppSuspended })]
    public void Bars_on_the_app_add_up(Bars bars, DenyReason[] expected) =>
        Assert.Equal(expected, Reasons(Everything with { Resource = Recorder with { Bars = bars } }));

    [Theory]
    [InlineData(Bars.Withdrawn, new[] { DenyReason.ReleaseYanked })]
    [InlineData(Bars.Recalled, new[] { DenyReason.ReleaseRecalled })]
    [InlineData(Bars.Suspended, new[] { DenyReason.ReleaseSuspended })]
    [InlineData(Bars.Suspended | Bars.Withdrawn | Bars.Recalled, new[] { DenyReason.ReleaseYanked, DenyReason.ReleaseRecalled, DenyReason.ReleaseSuspended })]
    public void Bars_on_the_release_add_up(Bars bars, DenyReason[] expected) =>
        Assert.Equal(expected, Reasons(Everything with { Resource = Recorder with { Release = new(true, bars) } }));

    [Fact]
    public void No_release_and_a_named_release_that_is_not_there_are_told_apart()
    {
        Assert.Equal([DenyReason.AppNotPublished], Reasons(Everything with { Resource = Recorder with { Release = null } }));
        Assert.Equal([DenyReason.AppNotPublished], Reasons(Everything with { Resource = Recorder with { Release = new(false, Bars.None) } }));
        Assert.Equal([DenyReason.ReleaseNotAvailable], Reasons(Everything with { Resource = Recorder with { ReleaseNamed = true, Release = null } }));
        Assert.Equal(
            [DenyReason.ReleaseNotAvailable],
            Reasons(Everything with { Resource = Recorder with { ReleaseNamed = true, Release = new(false, Bars.Recalled) } })
        );
    }

    [Fact]
    public void Every_reason_is_reported_in_its_order_and_the_first_is_the_headline()
    {
        var facts = Everything with
        {
            Subject = new(false, true),
            Resource = Recorder with { Bars = Bars.Suspended, HighRisk = true, Release = new(true, Bars.Withdrawn), DeviceLimit = 1, OtherDevices = 1 },
            Rule = Negotiators with { Device = DeviceCondition.Managed },
            Held = [Held(1, "negotiator", suspended: true), Held(2, "negotiator", conflicts: "auditor"), Held(3, "auditor")],
            GuidanceOutstanding = true,
            Device = Phone with { BelongsToSubject = false, Managed = false },
        };
        DenyReason[] expected =
        [
            DenyReason.SubjectInactive,
            DenyReason.SubjectSuspended,
            DenyReason.AppSuspended,
            DenyReason.ReleaseYanked,
            DenyReason.AssessmentMissing,
            DenyReason.AssignmentSuspended,
            DenyReason.SeparationOfDuty,
            DenyReason.GuidanceNotAccepted,
            DenyReason.DeviceNotTheirs,
            DenyReason.DeviceNotManaged,
            DenyReason.DeviceLimitReached,
        ];
        Assert.Equal(expected, Reasons(facts));
        Assert.Equal(DenyReason.SubjectInactive, Assert.IsType<Decision.Deny>(Evaluator.Evaluate(Download, facts, Noon)).Reasons.Headline);
    }

    [Fact]
    public void The_codes_are_the_documented_ones()
    {
        Assert.Equal(
            "not_available subject_inactive subject_suspended app_recalled app_withdrawn app_suspended app_not_published release_not_available release_yanked "
                + "release_recalled release_suspended release_held no_rule rule_unreadable rule_lapsed condition_not_met assessment_missing assessment_lapsed role_not_held "
                + "assignment_suspended separation_of_duty device_not_granted home_right_not_held accreditation_missing accreditation_lapsed guidance_not_accepted device_required device_unknown device_not_theirs "
                + "device_not_managed device_limit_reached",
            string.Join(' ', Enum.GetValues<DenyReason>().Select(reason => reason.Code))
        );
    }
}
