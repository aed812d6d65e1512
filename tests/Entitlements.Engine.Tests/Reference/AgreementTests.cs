using Entitlements.Engine.Decisions;

namespace Entitlements.Engine.Tests.Reference;

public sealed class AgreementTests
{
    [Fact]
    public void Agrees_with_the_reference_model_on_small_random_worlds()
    {
        for (var seed = 0; seed < Worlds.Count; seed++)
        {
            var world = Worlds.Small(seed);
            var expected = ReferenceModel.Decide(world.Request, world.Facts, world.At);
            var actual = Plain(world.Decide());
            Assert.True(expected == actual, $"seed {seed}: expected {expected}, was {actual}");
        }
    }

    [Fact]
    public void The_worlds_are_varied_enough_to_meet_every_reason_alone_and_many_allows()
    {
        var seen = Enumerable.Range(0, 10_000).Select(seed => Plain(Worlds.Small(seed).Decide())).ToList();
        var alone = seen.Select(answer => answer.Reasons).ToHashSet(StringComparer.Ordinal);
        Assert.All(Enum.GetValues<DenyReason>().Except([DenyReason.RuleUnreadable]), reason => Assert.Contains(reason.Code, alone));
        Assert.Contains(seen, answer => answer.Reasons.Contains(DenyReason.RuleUnreadable.Code, StringComparison.Ordinal));
        Assert.InRange(seen.Count(answer => answer.Allowed), 450, 5_000);
        var byAid = Enumerable.Range(0, 10_000).Select(Worlds.Small).Count(world => world.Decide() is Decision.Allow allow && IsLent(world, allow.By));
        Assert.True(byAid > 10, $"only {byAid} are allowed by mutual aid");
        Assert.InRange(seen.Count(answer => answer.HoldsUntil < DateTimeOffset.MaxValue), 2_000, 9_000);
    }

    private static bool IsLent(World world, long assignment) => world.Facts.Held.Any(held => held.Assignment == assignment && held.RestsOn is not null);

    private static ReferenceModel.Answer Plain(Decision decision) =>
        decision switch
        {
            Decision.Allow allow => new(true, "", allow.By, allow.HoldsUntil),
            Decision.Deny deny => new(false, string.Join(' ', deny.Reasons.InOrder().Select(reason => reason.Code)), 0, deny.HoldsUntil),
            _ => throw new InvalidOperationException("A third kind of decision."),
        };
}
