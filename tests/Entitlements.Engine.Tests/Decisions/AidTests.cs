using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;

namespace Entitlements.Engine.Tests.Decisions;

/// <summary>Somebody lent by another force: allowed while the assignment here and the right at home both hold.</summary>
public sealed class AidTests
{
    [Fact]
    public void Aid_confers_while_the_right_at_home_is_held_and_not_an_instant_longer()
    {
        var facts = Lent(Held(10, "firearms-lead", until: Noon.AddHours(1)));
        Assert.Equal(new Decision.Allow(1, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
        Assert.Equal(
            new Decision.Deny(default(DenyReasons).With(DenyReason.HomeRightNotHeld), Noon.AddHours(6)),
            Evaluator.Evaluate(Download, facts, Noon.AddHours(1))
        );
        Assert.Equal([DenyReason.RoleNotHeld], Reasons(facts, at: Noon.AddHours(6)));
    }

    [Fact]
    public void Aid_ends_on_its_own_last_instant_however_long_the_right_at_home_lasts() =>
        Assert.Equal(Noon.AddHours(6), Until(Lent(Held(10, "firearms-lead"))));

    [Fact]
    public void Neither_a_suspended_nor_another_nor_a_later_nor_a_one_device_right_is_a_ground()
    {
        HeldRole[] grounds =
        [
            Held(10, "firearms-lead", suspended: true),
            Held(10, "officer"),
            Held(10, "firearms-lead", from: Noon.AddHours(-6).AddTicks(1)),
            Held(10, "firearms-lead") with
            {
                ForAnotherDevice = true,
            },
            Held(10, "firearms-lead") with
            {
                RestsOn = new("x", [Held(20, "x")], []),
            },
            Held(10, "firearms-lead") with
            {
                Accreditations = ["firearms"],
            },
        ];
        Assert.All(grounds, ground => Assert.Equal([DenyReason.HomeRightNotHeld], Reasons(Lent(ground))));
        Assert.Equal([DenyReason.HomeRightNotHeld], Reasons(Lent()));
        Assert.True(Allows(Lent(Held(10, "firearms-lead", from: Noon.AddHours(-6)))));
    }

    [Fact]
    public void A_conflict_at_home_takes_the_ground_away_for_as_long_as_it_lasts()
    {
        var facts = Lent(Held(10, "firearms-lead", conflicts: "custody"), Held(11, "custody", Noon.AddHours(1), Noon.AddHours(2)));
        Assert.Equal(new Decision.Allow(1, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
        Assert.Equal(Noon.AddHours(2), Until(facts, Noon.AddHours(1)));
        Assert.True(Allows(facts, at: Noon.AddHours(2)));
    }

    [Fact]
    public void An_accreditation_at_home_is_asked_of_the_right_at_home_and_one_here_of_the_role_here()
    {
        var ground = Held(10, "firearms-lead") with { Accreditations = ["firearms"] };
        var facts = Lent(ground) with { Accreditations = [new("firearms", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, Ended: false)] };
        Assert.Equal([DenyReason.HomeRightNotHeld], Reasons(facts)); // said here, not at home
        var home = new HomeRight("firearms-lead", [ground], [new("firearms", DateTimeOffset.MinValue, Noon.AddHours(1), Ended: false)]);
        Assert.Equal(Noon.AddHours(1), Until(Lent(ground) with { Held = [Aid with { RestsOn = home }] }));
    }

    [Fact]
    public void An_assignment_of_ones_own_takes_over_where_aid_loses_its_ground()
    {
        var facts = Lent(Held(10, "firearms-lead", until: Noon.AddHours(1)));
        facts = facts with { Held = [.. facts.Held, Held(2, "negotiator", until: Noon.AddHours(3))] };
        Assert.Equal(new Decision.Allow(1, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
        Assert.Equal(new Decision.Allow(2, Noon.AddHours(3)), Evaluator.Evaluate(Download, facts, Noon.AddHours(1)));
    }

    [Fact]
    public void A_hidden_app_is_not_there_for_who_has_lost_the_ground()
    {
        var hidden = Recorder with { Hidden = true };
        var facts = Lent(Held(10, "firearms-lead", Noon.AddHours(-9), Noon.AddHours(1)), Held(11, "firearms-lead", Noon.AddHours(-8), Noon)) with
        {
            Resource = hidden,
        };
        Assert.Equal(Noon.AddHours(1), Until(facts));
        Assert.Equal([DenyReason.NotAvailable], Reasons(facts, at: Noon.AddHours(1)));
        var conflict = Lent(Held(10, "firearms-lead", conflicts: "custody"), Held(11, "custody", until: Noon.AddHours(1))) with { Resource = hidden };
        Assert.Equal(Noon.AddHours(1), Until(conflict)); // from then on it is there
        Assert.True(Allows(conflict, at: Noon.AddHours(1)));
    }

    [Fact]
    public void A_guest_is_unknown_from_the_end_of_the_last_aid_on_whatever_else_is_said()
    {
        var facts = Lent(Held(10, "firearms-lead")) with
        {
            Subject = new(true, false) { KnownUntil = Noon.AddHours(6) },
            GuidanceOutstanding = true,
        };
        Assert.Equal([DenyReason.GuidanceNotAccepted], Reasons(facts));
        Assert.Equal(Noon.AddHours(6), Until(facts));
        Assert.Equal([DenyReason.NotAvailable], Reasons(facts, at: Noon.AddHours(6)));
    }

    private static readonly HeldRole Aid = Held(1, "negotiator", Noon.AddHours(-6), Noon.AddHours(6));

    private static Facts Lent(params HeldRole[] atHome) => Everything with { Held = [Aid with { RestsOn = new("firearms-lead", [.. atHome], []) }] };
}
