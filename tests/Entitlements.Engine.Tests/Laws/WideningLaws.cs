using System.Text.Json;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Laws;

/// <summary>What saying "narrows" or "widens" obliges to.</summary>
public sealed class WideningLaws
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly JsonElement One = JsonElement.Parse("1");

    [Fact]
    public void Nothing_changed_is_unchanged_and_what_narrows_widens_the_other_way_round()
    {
        for (var seed = 0; seed < Worlds.Count; seed++)
        {
            var random = new Random(seed);
            Hold(Rule(random), Rule(random), Widening.OfRule);
            Hold(Role(random), Role(random), Widening.OfRolePolicy);
            Hold(Client(random), Client(random), Widening.OfClient);
            Hold(Assessment(random), Assessment(random), Widening.OfAssessment);
            Hold(App(random), App(random), Widening.OfApp);
            Hold(Window(random), Window(random), Widening.OfWindow);
            Hold(Source(random), Source(random), Widening.OfAccreditationSource);
        }
    }

    [Fact]
    public void A_change_that_is_said_not_to_widen_allows_nobody_who_was_refused()
    {
        foreach (var (world, _) in Worlds.All(31))
        {
            var random = new Random(world.Seed);
            var facts = world.Facts;
            var rule = Rule(random);
            Check(world, Widening.OfRule(facts.Rule, rule), world.With(facts with { Rule = rule }));
            if (facts.Assessment is { } old && Assessment(random) is { } young)
            {
                var (asks, covered) = (Some(random), Some(random));
                var reach = Widening.OfAssessment(new(old.Approved, old.InForceUntil, old.Grace) { Covers = covered }, young);
                var after = old with { Approved = young.Approved, InForceUntil = young.InForceUntil, Grace = young.Grace };
                var was = world.With(facts with { Resource = Held(facts.Resource, asks, old.Approved ? covered : []) });
                Check(was, reach, world.With(facts with { Assessment = after, Resource = Held(facts.Resource, asks, young.Approved ? young.Covers : []) }));
            }
            if (facts.Held.Length == 1 && Window(random) is { } window) // with more, ending one may end its conflict with another
            {
                var held = facts.Held[0];
                var reach = Widening.OfWindow(new(held.NotBefore, held.NotAfter), window);
                Check(world, reach, world.With(facts with { Held = [held with { NotBefore = window.NotBefore, NotAfter = window.NotAfter }] }));
            }
        }
    }

    /// <summary>Its release, if any, asks for this much.</summary>
    private static ResourceFacts? Held(ResourceFacts? resource, string[] asks, IReadOnlyList<string> covered) =>
        resource is { Release: { } release }
            ? resource with
            {
                Release = release with { Held = !Coverage.Missing(asks, covered, highRisk: true).IsEmpty },
            }
            : resource;

    private static void Check(World before, Reach reach, World after) =>
        Assert.True(reach == Reach.Widens || before.IsAllowed || !after.IsAllowed, $"{before}: {reach}");

    private static void Hold<T>(T before, T after, Func<T, T, Reach> judge)
    {
        Assert.Equal(Reach.Unchanged, judge(before, before));
        Assert.True(judge(before, after) != Reach.Narrows || judge(after, before) == Reach.Widens, $"{before} to {after}");
        Assert.True((judge(before, after) == Reach.Unchanged) == (judge(after, before) == Reach.Unchanged), $"{before} to {after}");
    }

    private static string[] Some(Random random) => [.. Names.Where(_ => random.Next(2) == 0)];

    private static string? OneOrNone(Random random) => random.Next(3) is var index and < 2 ? Names[index] : null;

    private static RuleFacts? Rule(Random random) =>
        random.Next(8) switch
        {
            0 => null,
            1 => RuleFacts.Unreadable,
            _ => new([.. Some(random)], (DeviceCondition)random.Next(3), [.. Some(random).Select(name => new Condition(RequestPart.Action, name, One))])
            {
                Accreditations = [.. Some(random).Select(Accreditation)],
                InForceUntil = random.Next(3) is var days and > 0 ? Worlds.Start.AddMinutes(days * 4) : DateTimeOffset.MaxValue,
            },
        };

    /// <summary>Those of <see cref="Worlds"/>.</summary>
    private static string Accreditation(string name) => name == "a" ? "m" : "n";

    private static AccreditationSourcePolicy? Source(Random random) => random.Next(8) == 0 ? null : new(Some(random), OneOrNone(random));

    private static RolePolicy Role(Random random) =>
        new(
            random.Next(3) is var places and > 0 ? places : null,
            random.Next(3) is var days and > 0 ? TimeSpan.FromDays(days) : null,
            random.Next(2) == 0,
            Some(random)
        )
        {
            Accreditations = Some(random),
        };

    private static ClientPolicy? Client(Random random) =>
        random.Next(8) == 0
            ? null
            : new(
                Some(random),
                Some(random),
                Some(random).ToDictionary(name => name, _ => (IReadOnlyList<string>)Some(random), StringComparer.Ordinal),
                OneOrNone(random),
                OneOrNone(random)
            );

    private static AssessmentPolicy? Assessment(Random random) =>
        random.Next(8) == 0
            ? null
            : new(random.Next(3) > 0, Worlds.Start.AddMinutes(random.Next(9)), TimeSpan.FromMinutes(random.Next(4))) { Covers = Some(random) };

    private static AppPolicy App(Random random) =>
        new(
            random.Next(2) == 0,
            random.Next(2) == 0,
            random.Next(3) is var limit and > 0 ? limit : null,
            (AppVisibility)random.Next(3),
            new(Names[random.Next(2)])
        );

    private static Window? Window(Random random) =>
        random.Next(8) == 0 ? null : new(Worlds.Start.AddMinutes(random.Next(9)), Worlds.Start.AddMinutes(random.Next(9)));
}
