using Entitlements.Engine.Decisions;
using Entitlements.Engine.Tests.Reference;

namespace Entitlements.Engine.Tests.Laws;

/// <summary>What can never let anybody in, over random worlds.</summary>
public sealed class DenialLaws
{
    [Fact]
    public void Empty_means_nobody()
    {
        foreach (var (world, _) in Worlds.All(1))
        {
            var facts = world.Facts;
            Denies(world, world.With(new Facts()));
            Denies(world, world.With(facts with { Held = [] }));
            Denies(world, world.With(facts with { Rule = null }));
            Denies(world, world.With(facts with { Rule = facts.Rule is { Readable: true } rule ? rule with { Roles = [] } : facts.Rule }));
        }
    }

    [Fact]
    public void A_missing_fact_never_widens()
    {
        foreach (var (world, _) in Worlds.All(2).Where(pair => !pair.World.IsAllowed))
        {
            var facts = world.Facts;
            Facts[] missing =
            [
                facts with
                {
                    CallerMayAsk = false,
                },
                facts with
                {
                    Subject = null,
                },
                facts with
                {
                    Resource = null,
                },
                facts with
                {
                    Rule = null,
                },
                facts with
                {
                    Assessment = null,
                },
                facts with
                {
                    Device = null,
                },
                facts with
                {
                    Held = [],
                },
                facts with
                {
                    Accreditations = [],
                },
                facts with
                {
                    Resource = facts.Resource is { } resource ? resource with { Release = null } : null,
                },
            ];
            Assert.All(missing, less => Denies(world, world.With(less)));
        }
    }

    [Fact]
    public void Deny_overrides_one_reason_is_enough_and_an_allow_has_none()
    {
        foreach (var (world, _) in Worlds.All(3))
        {
            var expected = ReferenceModel.Decide(world.Request, world.Facts, world.At).Reasons;
            switch (world.Decide())
            {
                case Decision.Deny deny:
                    Assert.False(deny.Reasons.IsEmpty, world.ToString());
                    break;
                case Decision.Allow allow:
                    Assert.True(
                        expected.Length == 0 && world.Facts.Held.Any(held => held.Assignment == allow.By && held.CoversInstant(world.At)),
                        world.ToString()
                    );
                    break;
            }
        }
    }

    [Fact]
    public void Adding_a_bar_never_allows_and_never_takes_a_reason_away()
    {
        foreach (var (world, alter) in Worlds.All(4).Where(pair => pair.World.Facts is { Subject: not null, Resource: not null }))
        {
            var facts = world.Facts;
            var resource = facts.Resource!;
            Facts[] barred =
            [
                facts with
                {
                    Subject = facts.Subject! with { Active = false },
                },
                facts with
                {
                    Subject = facts.Subject! with { Suspended = true },
                },
                facts with
                {
                    Resource = resource with { Bars = resource.Bars | alter.SomeBars() },
                },
                facts with
                {
                    Resource = resource with { Release = Barred(resource.Release, alter.SomeBars()) },
                },
                facts with
                {
                    Resource = resource with { Release = resource.Release is { } release ? release with { Held = true } : null },
                },
                facts with
                {
                    Resource = resource with { HighRisk = true },
                },
                facts with
                {
                    Resource = resource with { DeviceLimit = 0 },
                },
                facts with
                {
                    Resource = resource with { OtherDevices = resource.OtherDevices + 1 },
                },
                facts with
                {
                    GuidanceOutstanding = true,
                },
            ];
            Assert.All(barred, more => Assert.True((Bits(world.With(more)) & Bits(world)) == Bits(world), world.ToString()));
        }
    }

    [Fact]
    public void Asking_for_one_accreditation_more_never_allows()
    {
        foreach (var (world, _) in Worlds.All(8).Where(pair => !pair.World.IsAllowed))
        {
            var facts = world.Facts;
            var rule = facts.Rule is { Readable: true } old ? old with { Accreditations = [.. old.Accreditations, "n"] } : facts.Rule;
            Denies(world, world.With(facts with { Rule = rule }));
            Denies(world, world.With(facts with { Held = [.. facts.Held.Select(held => held with { Accreditations = [.. held.Accreditations, "n"] })] }));
        }
    }

    [Fact]
    public void Taking_an_accreditation_back_never_allows_nor_takes_another_reason_away()
    {
        foreach (var (world, _) in Worlds.All(9).Where(pair => pair.World.Facts.Accreditations.Length > 0))
        {
            var all = world.Facts.Accreditations;
            var fewer = world.With(world.Facts with { Accreditations = all.RemoveAt(0) });
            var ended = world.With(world.Facts with { Accreditations = all.SetItem(0, all[0] with { Ended = true }) });
            var others = ~default(DenyReasons).With(DenyReason.AccreditationMissing).With(DenyReason.AccreditationLapsed).Bits;
            Assert.All([fewer, ended], less => Assert.Equal(Bits(world) & others, Bits(less) & Bits(world) & others));
            Assert.All([fewer, ended], less => Assert.True(world.IsAllowed || !less.IsAllowed, world.ToString()));
        }
    }

    [Fact]
    public void Suspending_an_assignment_or_making_it_conflict_never_allows_by_it()
    {
        foreach (var (world, _) in Worlds.All(5))
        {
            if (world.Decide() is not Decision.Allow allow)
            {
                continue;
            }
            Func<HeldRole, HeldRole>[] changes = [held => held with { Suspended = true }, held => held with { ConflictsWith = ["a", "b", "c"] }];
            foreach (var change in changes)
            {
                HeldRole[] after = [.. world.Facts.Held.Select(held => held.Assignment == allow.By ? change(held) : held)];
                Assert.True(world.With(world.Facts with { Held = [.. after] }).Decide() is not Decision.Allow other || other.By != allow.By, world.ToString());
            }
        }
    }

    [Fact]
    public void Who_holds_no_role_that_the_rule_names_is_never_allowed()
    {
        foreach (var (world, _) in Worlds.All(6))
        {
            var named = world.Facts.Rule?.Roles ?? [];
            Denies(world, world.With(world.Facts with { Held = [.. world.Facts.Held.Where(held => !named.Contains(held.Role))] }));
            Denies(world, world.With(world.Facts with { Held = [.. world.Facts.Held.Where(held => !held.CoversInstant(world.At))] }));
            Denies(world, world.With(world.Facts with { Held = [.. world.Facts.Held.Where(held => held.Suspended)] }));
        }
    }

    [Fact]
    public void Unknown_hidden_and_foreign_answer_alike()
    {
        foreach (var (world, _) in Worlds.All(7).Where(pair => pair.World.Facts.Resource is not null))
        {
            var facts = world.Facts;
            var resource = facts.Resource!;
            Facts[] absent =
            [
                facts with
                {
                    CallerMayAsk = false,
                },
                facts with
                {
                    Subject = null,
                },
                facts with
                {
                    Resource = null,
                },
                facts with
                {
                    Resource = resource with { Adopted = false },
                },
                facts with
                {
                    Resource = resource with { ActionKnown = false },
                },
                facts with
                {
                    Resource = resource with { Hidden = true },
                    Held = [],
                },
                facts with
                {
                    Resource = resource with { Hidden = true },
                    Rule = null,
                },
            ];
            var silence = new Decision.Deny(default(DenyReasons).With(DenyReason.NotAvailable), DateTimeOffset.MaxValue);
            Assert.All(absent, one => Assert.Equal(silence, world.With(one).Decide()));
        }
    }

    private static ReleaseFacts? Barred(ReleaseFacts? release, Bars bars) => release is null ? null : release with { Bars = release.Bars | bars };

    private static uint Bits(World world) => world.Decide() is Decision.Deny { Reasons: var reasons } ? reasons.Bits : 0;

    private static void Denies(World before, World after) => Assert.False(after.IsAllowed, before.ToString());
}
