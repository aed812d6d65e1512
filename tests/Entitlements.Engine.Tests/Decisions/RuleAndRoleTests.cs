using Entitlements.Engine.Decisions;
using static Entitlements.Engine.Tests.Decisions.Given;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Engine.Tests.Decisions;

public sealed class RuleAndRoleTests
{
    private static readonly Facts Record = Everything with
    {
        Resource = new()
        {
            IsApp = false,
            Adopted = true,
            ActionKnown = true,
        },
    };

    [Fact]
    public void No_rule_is_nobody_and_says_nothing_of_roles() => Assert.Equal([DenyReason.NoRule], Reasons(Everything with { Rule = null }));

    [Fact]
    public void A_rule_that_names_no_role_is_nobody() =>
        Assert.Equal([DenyReason.RoleNotHeld], Reasons(Everything with { Rule = Negotiators with { Roles = [] } }));

    [Fact]
    public void An_unreadable_rule_denies_whatever_is_held()
    {
        var facts = Everything with { Rule = RuleFacts.Unreadable };
        Assert.Equal([DenyReason.RuleUnreadable, DenyReason.RoleNotHeld], Reasons(facts));
        Assert.Equal(
            [DenyReason.RuleUnreadable, DenyReason.RoleNotHeld, DenyReason.DeviceNotManaged],
            Reasons(facts with { Device = Phone with { Managed = false } })
        );
    }

    [Fact]
    public void An_apps_rule_that_listens_to_the_caller_is_unreadable_even_when_the_caller_says_the_right_thing()
    {
        var facts = Everything with { Rule = Negotiators with { Conditions = [new(RequestPart.Resource, "open", Json("true"))] } };
        var request = Download with { Resource = Download.Resource with { Properties = Sent("""{"open":true}""") } };
        Assert.Equal([DenyReason.RuleUnreadable], Reasons(facts, request));
    }

    [Theory]
    [InlineData(RequestPart.Subject)]
    [InlineData(RequestPart.Action)]
    [InlineData(RequestPart.Resource)]
    public void Another_type_may_ask_for_a_property_and_gets_the_same_type_and_value_or_denies(RequestPart part)
    {
        var facts = Record with { Rule = Negotiators with { Conditions = [new(part, "level", Json("3"))] } };
        Assert.True(Allows(facts, Saying(part, """{"level":3}""")));
        foreach (var other in new[] { "{}", """{"level":"3"}""", """{"level":4}""", """{"level":[3]}""", """{"Level":3}""", """{"level":null}""" })
        {
            Assert.Equal([DenyReason.ConditionNotMet], Reasons(facts, Saying(part, other)));
        }
        foreach (var elsewhere in Enum.GetValues<RequestPart>().Where(one => one != part))
        {
            Assert.Equal([DenyReason.ConditionNotMet], Reasons(facts, Saying(elsewhere, """{"level":3}""")));
        }
    }

    [Fact]
    public void All_conditions_must_hold()
    {
        var facts = Record with { Rule = Negotiators with { Conditions = [new(RequestPart.Action, "a", Json("1")), new(RequestPart.Action, "b", Json("2"))] } };
        Assert.True(Allows(facts, Saying(RequestPart.Action, """{"a":1,"b":2}""")));
        Assert.Equal([DenyReason.ConditionNotMet], Reasons(facts, Saying(RequestPart.Action, """{"a":1}""")));
        Assert.Equal([DenyReason.ConditionNotMet], Reasons(facts, Saying(RequestPart.Action, """{"b":2}""")));
    }

    [Fact]
    public void Another_type_has_no_releases_and_no_guidance() => Assert.True(Allows(Record with { GuidanceOutstanding = true }));

    [Fact]
    public void A_window_opens_on_its_first_instant_and_is_shut_on_its_last()
    {
        var facts = Everything with { Held = [Held(1, "negotiator", Noon, Noon.AddHours(1))] };
        Assert.Equal([DenyReason.RoleNotHeld], Reasons(facts, at: Noon.AddTicks(-1)));
        Assert.True(Allows(facts, at: Noon));
        Assert.True(Allows(facts, at: Noon.AddHours(1).AddTicks(-1)));
        Assert.Equal([DenyReason.RoleNotHeld], Reasons(facts, at: Noon.AddHours(1)));
    }

    [Fact]
    public void An_instant_is_the_same_in_every_offset()
    {
        var facts = Everything with { Held = [Held(1, "negotiator", Noon, Noon.AddHours(1))] };
        Assert.True(Allows(facts, at: Noon.ToOffset(TimeSpan.FromHours(9))));
        Assert.False(Allows(facts, at: Noon.AddHours(1).ToOffset(TimeSpan.FromHours(-9))));
    }

    [Fact]
    public void The_assignment_that_lasts_longest_confers_then_the_lowest_id()
    {
        HeldRole[] held =
        [
            Held(7, "negotiator", until: Noon.AddHours(2)),
            Held(9, "negotiator", until: Noon.AddHours(3)),
            Held(8, "negotiator", until: Noon.AddHours(3)),
            Held(1, "negotiator", until: Noon.AddHours(9), suspended: true),
            Held(2, "officer"),
            Held(3, "negotiator", from: Noon.AddHours(2.5)),
        ];
        foreach (var order in new[] { held, [.. held.Reverse()] })
        {
            var allow = Assert.IsType<Decision.Allow>(Evaluator.Evaluate(Download, Everything with { Held = [.. order] }, Noon));
            Assert.Equal(8, allow.By);
            Assert.Equal(Noon.AddHours(2.5), allow.HoldsUntil);
        }
    }

    [Fact]
    public void A_conflict_counts_from_either_side_while_both_are_in_force_and_not_suspended()
    {
        Facts With(params HeldRole[] held) => Everything with { Held = [.. held] };
        Assert.Equal([DenyReason.SeparationOfDuty], Reasons(With(Held(1, "negotiator", conflicts: "auditor"), Held(2, "auditor"))));
        Assert.Equal([DenyReason.SeparationOfDuty], Reasons(With(Held(1, "negotiator"), Held(2, "auditor", conflicts: "negotiator"))));
        Assert.True(Allows(With(Held(1, "negotiator", conflicts: "auditor"), Held(2, "auditor", suspended: true))));
        Assert.True(Allows(With(Held(1, "negotiator", conflicts: "auditor"), Held(2, "auditor", until: Noon))));
        Assert.True(Allows(With(Held(1, "negotiator", conflicts: "auditor"), Held(2, "auditor", from: Noon.AddTicks(1)))));
        Assert.True(Allows(With(Held(1, "negotiator", conflicts: "auditor"), Held(2, "officer"))));
    }

    [Fact]
    public void A_role_without_conflict_confers_though_a_longer_one_conflicts()
    {
        var facts = Everything with
        {
            Rule = Negotiators with { Roles = ["negotiator", "commander"] },
            Held = [Held(1, "commander", conflicts: "auditor"), Held(2, "auditor"), Held(3, "negotiator", until: Noon.AddHours(1))],
        };
        Assert.Equal(new Decision.Allow(3, Noon.AddHours(1)), Evaluator.Evaluate(Download, facts, Noon));
    }

    private static EvaluationRequest Saying(RequestPart part, string json) =>
        part switch
        {
            RequestPart.Subject => Download with { Subject = Download.Subject with { Properties = Sent(json) } },
            RequestPart.Action => Download with { Action = new Action("read", Sent(json)) },
            RequestPart.Resource => Download with { Resource = new Resource("record", "101", Sent(json)) },
        };
}
