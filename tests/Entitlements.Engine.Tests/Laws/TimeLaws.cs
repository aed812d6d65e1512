using Entitlements.Engine.Decisions;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Laws;

/// <summary>What the clock may do and when.</summary>
public sealed class TimeLaws
{
    [Fact]
    public void A_window_shuts_on_its_last_instant()
    {
        foreach (var (world, _) in Worlds.All(21))
        {
            var shut = world.Facts with { Held = [.. world.Facts.Held.Select(held => held with { NotAfter = world.At })] };
            Assert.False(world.With(shut).IsAllowed, world.ToString());
        }
    }

    [Fact]
    public void An_accreditation_that_is_needed_denies_on_its_very_last_instant_and_is_the_end_that_is_told()
    {
        foreach (var (world, _) in Worlds.All(25).Where(pair => pair.World.IsAllowed))
        {
            var end = world.At.AddTicks(7);
            var facts = world.Facts with
            {
                Rule = world.Facts.Rule! with { Accreditations = ["needed"] },
                Accreditations = [.. world.Facts.Accreditations, new("needed", world.At, end, Ended: false)],
            };
            var asked = world.With(facts);
            Assert.True(asked.IsAllowed && asked.Decide().HoldsUntil <= end, world.ToString());
            Assert.False((asked with { At = end }).IsAllowed, world.ToString());
            Assert.False((asked with { At = world.At.AddTicks(-1) }).IsAllowed, world.ToString());
        }
    }

    [Fact]
    public void A_window_is_open_on_its_first_instant_and_not_before()
    {
        foreach (var (world, _) in Worlds.All(22).Where(pair => pair.World.IsAllowed))
        {
            var all = world.Facts.Held;
            HeldRole[] opening = [.. all.Select(held => held.CoversInstant(world.At) ? held with { NotBefore = world.At } : held)];
            Assert.True(world.With(world.Facts with { Held = [.. opening] }).IsAllowed, world.ToString());
            HeldRole[] early = [.. all.Select(held => held with { NotBefore = world.At.AddTicks(1) })];
            Assert.False(world.With(world.Facts with { Held = [.. early] }).IsAllowed, world.ToString());
        }
    }

    [Fact]
    public void The_answer_is_the_same_until_the_instant_it_names_and_another_on_it()
    {
        foreach (var (world, _) in Worlds.All(23))
        {
            var now = world.Decide();
            var until = now.HoldsUntil;
            var last = until < DateTimeOffset.MaxValue ? until.AddTicks(-1) : Worlds.Start.AddYears(100);
            for (var at = world.At; at < last && at < Worlds.Start.AddHours(1); at = at.AddMinutes(1))
            {
                Assert.Equal(now, (world with { At = at }).Decide());
            }
            Assert.Equal(now, (world with { At = last }).Decide());
            Assert.True(until > world.At, world.ToString());
            Assert.True(until == DateTimeOffset.MaxValue || !Same(now, (world with { At = until }).Decide()), world.ToString());
        }
    }

    [Fact]
    public void Following_it_from_instant_to_instant_comes_to_an_end()
    {
        foreach (var (world, _) in Worlds.All(24))
        {
            var steps = 0;
            for (var until = world.Decide().HoldsUntil; until < DateTimeOffset.MaxValue; until = (world with { At = until }).Decide().HoldsUntil)
            {
                Assert.True(++steps <= 20, world.ToString());
            }
        }
    }

    private static bool Same(Decision one, Decision other) => (one with { HoldsUntil = default }) == (other with { HoldsUntil = default });
}
