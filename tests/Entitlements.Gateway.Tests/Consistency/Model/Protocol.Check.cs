namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>
/// A check, and the cache. Only allows are told: a cached refusal opens nothing, and a check that refuses leaves the world as it was.
/// </summary>
/// <remarks>
/// One check is watched, begun at any moment after an acknowledgement: checks touch each other only through the cache. The cache is the memory of
/// every replica and Redis at their worst: one store that forgets nothing, loses everything at will, and hands any honest entry to anyone at any
/// time. What was forged is no entry: its MAC is wrong.
/// </remarks>
internal sealed partial class Protocol
{
    private void CheckSteps(in World world)
    {
        StampSteps(world);
        for (var i = 0; i < scenario.Replicas; i++)
            BeginCheck(world, i);
        if (world.Check.Phase == CheckPhase.FloorsRead)
            ReadExpiry(world);
        if (world.Check.Phase != CheckPhase.Begun)
            return;
        AllowFromCache(world, world.Check.View, world.Check.Replica);
        AllowFromTruth(world, Node.First);
        AllowFromTruth(world, Node.Promoted);
    }

    /// <summary><c>v = view</c>, once, after the request arrived, and <c>boottime() &lt; v.exp</c>.</summary>
    /// <remarks>
    /// One step: looking at the expiry later only refuses more. A check that begins before the acknowledgement is bound to nothing, so none is
    /// begun; but one is answered from the cache, to show that leases do allow.
    /// </remarks>
    private void BeginCheck(World world, int i)
    {
        var view = world.Replicas[i].View;
        if (!view.Exists || (view.Left == 0 && Mutant != Mutant.TornView))
            return;
        if (!world.MustDeny)
        {
            AllowFromCache(world, view, i);
            return;
        }
        if (world.Check.Phase != CheckPhase.None)
            return;
        view.Left = 0; // looked at, not looked at again
        var phase = Mutant == Mutant.TornView ? CheckPhase.FloorsRead : CheckPhase.Begun;
        world.Check = new Check
        {
            Phase = phase,
            Replica = (byte)i,
            SharesFloors = true,
            View = view,
        };
        Add(Step.OfReplica(StepKind.BeginCheck, i), world);
    }

    /// <summary>An entry of the view's timeline, evaluated at <c>max(base, floors[scope])</c> or later, is usable.</summary>
    private void AllowFromCache(World world, View view, int i)
    {
        var stamp = Mutant == Mutant.EntryWithoutTimeline ? Math.Max(world.CachedFirst, world.CachedPromoted) : world.CachedOn(view.Timeline);
        if (stamp > 0 && stamp - 1 >= view.Bar)
            Add(Step.OfReplica(StepKind.AllowFromCache, i), world, violates: world.MustDeny);
    }

    /// <summary>A truth is accepted only if it has the view's timeline and at least its applied revision.</summary>
    private void AllowFromTruth(World world, Node node)
    {
        if (node > world.Primary)
            return;
        var view = world.Check.View;
        var timely = node == view.Timeline || Mutant is Mutant.TruthUnchecked or Mutant.TruthWithoutTimeline;
        var recent = world.RevisionOn(node) >= view.Applied || Mutant == Mutant.TruthUnchecked;
        if (timely && recent && world.HeldOn(node))
            Add(Step.OfReplica(StepKind.AllowFromTruth, world.Check.Replica, node), world, violates: true);
    }

    /// <summary><see cref="Mutant.TornView"/>: the expiry is that of whatever view is published now.</summary>
    private void ReadExpiry(World world)
    {
        if (world.Replicas[world.Check.Replica].View.Left == 0)
            return;
        world.Check.Phase = CheckPhase.Begun;
        Add(Step.OfReplica(StepKind.ReadExpiry, world.Check.Replica), world);
    }

    /// <summary><see cref="Mutant.StampedWithNow"/>: an allow is evaluated, and stored later with what its replica has applied by then.</summary>
    private void StampSteps(in World world)
    {
        if (Mutant == Mutant.StampedWithNow && !world.Unstored && world.HeldOn(world.Primary))
            Evaluate(world);
        for (var i = 0; i < scenario.Replicas && world.Unstored; i++)
            if (world.Replicas[i].View.Exists)
                StampWithNow(world, i);
    }

    private void Evaluate(World world)
    {
        world.Unstored = true;
        Add(new(StepKind.Evaluate), world);
    }

    private void StampWithNow(World world, int i)
    {
        world.Unstored = false;
        world.Cache(world.Replicas[i].View.Timeline, world.Replicas[i].View.Applied);
        Add(Step.OfReplica(StepKind.StampWithNow, i), world);
    }
}
