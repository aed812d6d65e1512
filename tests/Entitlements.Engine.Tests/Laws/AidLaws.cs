using Entitlements.Engine.Decisions;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Laws;

/// <summary>Mutual aid opens nothing that the person's own force does not hold open, and what it rested on never lets anybody in by ending.</summary>
public sealed class AidLaws
{
    [Fact]
    public void Taking_the_ground_away_never_allows_not_even_by_ending_a_conflict()
    {
        foreach (var (world, alter) in Worlds.All(41).Where(pair => !pair.World.IsAllowed))
        {
            Denies(world, Each(world, held => held.RestsOn is null ? held : held with { RestsOn = HomeRight.None }));
            Denies(world, Each(world, held => held.RestsOn is null ? held with { RestsOn = alter.SomeHomeRight() } : held)); // and resting on more neither
            Denies(world, Each(world, held => OfHome(held, one => one with { Suspended = true })));
            Denies(world, Each(world, held => OfHome(held, one => one with { NotAfter = one.NotBefore })));
            Denies(world, Each(world, held => OfHome(held, one => one with { ConflictsWith = ["a", "b", "c"] })));
            Denies(world, Each(world, held => held.RestsOn is not { } home ? held : held with { RestsOn = home with { Accreditations = [] } }));
        }
    }

    [Fact]
    public void Who_has_nothing_but_aid_is_denied_as_soon_as_the_home_right_ends()
    {
        foreach (var (world, _) in Worlds.All(42))
        {
            var lent = Each(world, held => held with { RestsOn = HomeRight.None });
            Denies(lent, lent);
            Denies(world, Each(world, held => OfHome(held with { RestsOn = held.RestsOn ?? HomeRight.None }, one => one with { Suspended = true })));
        }
    }

    [Fact]
    public void A_right_at_home_that_began_after_the_aid_is_no_ground()
    {
        foreach (var (world, _) in Worlds.All(43))
        {
            var anew = Each(
                world,
                held =>
                    OfHome(
                        held with
                        {
                            RestsOn = held.RestsOn ?? HomeRight.None,
                        },
                        one => one with { NotBefore = held.NotBefore == DateTimeOffset.MaxValue ? held.NotBefore : held.NotBefore.AddTicks(1) }
                    )
            );
            Denies(anew, anew);
        }
    }

    [Fact]
    public void A_guest_whose_last_aid_is_over_is_as_unknown_as_anybody_else()
    {
        var silence = new Decision.Deny(default(DenyReasons).With(DenyReason.NotAvailable), DateTimeOffset.MaxValue);
        foreach (var (world, _) in Worlds.All(45).Where(pair => pair.World.Facts.Subject is not null))
        {
            Assert.Equal(silence, world.With(world.Facts with { Subject = world.Facts.Subject! with { KnownUntil = world.At } }).Decide());
        }
    }

    private static World Each(World world, Func<HeldRole, HeldRole> change) => world.With(world.Facts with { Held = [.. world.Facts.Held.Select(change)] });

    private static HeldRole OfHome(HeldRole held, Func<HeldRole, HeldRole> change) =>
        held.RestsOn is not { } home ? held : held with { RestsOn = home with { Held = [.. home.Held.Select(change)] } };

    private static void Denies(World before, World after) => Assert.False(after.IsAllowed, before.ToString());
}
