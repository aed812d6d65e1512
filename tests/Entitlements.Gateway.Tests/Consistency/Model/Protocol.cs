namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>
/// Revision leases as atomic steps. An acknowledged revocation is final: <b>a check that begins after the acknowledgement does not allow by the
/// right that was taken away</b>, unless it was granted again.
/// </summary>
/// <remarks>
/// <para>Each method is one step: it returns without a move where the step cannot be taken. The processes are the lease loops
/// (<c>Protocol.LeaseLoop.cs</c>), the revocations (<c>Protocol.Revoke.cs</c>) and one check (<c>Protocol.Check.cs</c>); what may befall them is
/// here. Any process may stand still for any time: it is simply not its turn.</para>
/// <para>Time goes in ticks, and a process stores what is left of a time rather than the time, so a run may last as long as it likes.</para>
/// <para>One right under one scope is watched. Rights do not touch each other but by the revision, for which <see cref="Write.Other"/> stands.</para>
/// <para>Left out: a revision that goes back within a timeline (restore, lossy failover), which SAFE MODE meets; a second failover; a statement that
/// outlives its connection, which can only lower a <c>conf</c>; a write that waits for its standby and is seen by nobody, which has not happened yet;
/// a grant on the cut-off primary, for whoever asked for it wanted the right to be held.</para>
/// </remarks>
internal sealed partial class Protocol(Scenario scenario)
{
    private readonly List<Move> _moves = [];

    private Mutant Mutant => scenario.Mutant;

    /// <summary>A step, the world after it, and whether it is an allow that the property forbids.</summary>
    internal readonly record struct Move(Step Step, World After, bool Violates);

    /// <summary>No replica has started yet; the cache is empty.</summary>
    public World Beginning()
    {
        var world = new World { Held = scenario.HeldAtStart ? (byte)1 : (byte)0 };
        for (var i = 0; i < scenario.Replicas; i++)
            world.Replicas[i] = new Replica { Row = Replica.NoRow, ZombieRow = Replica.NoRow };
        Reduce(ref world);
        return world;
    }

    /// <summary>Every step that can be taken now. The list is reused by the next call.</summary>
    public IReadOnlyList<Move> MovesFrom(in World world)
    {
        _moves.Clear();
        Tick(world);
        Failover(world);
        if (scenario.WritesOnZombie)
        {
            WriteOnZombie(world, LocalWrite.Revoke);
            WriteOnZombie(world, LocalWrite.Other);
        }
        for (var i = 0; i < scenario.Replicas; i++)
            if (!IsBystander(world, i))
                LoopSteps(world, i);
        for (var k = 0; k < scenario.Writes.Length; k++)
            RevokeSteps(world, k);
        CheckSteps(world);
        return _moves;
    }

    /// <summary>All clocks go on by one.</summary>
    private void Tick(World world)
    {
        for (var i = 0; i < scenario.Replicas; i++)
        {
            ref var replica = ref world.Replicas[i];
            replica.Left = Less(replica.Left);
            replica.View.Left = Less(replica.View.Left);
        }
        for (var k = 0; k < scenario.Writes.Length; k++)
        {
            ref var revoker = ref world.Revokers[k];
            if (revoker.Phase == RevokerPhase.Waiting || (revoker.Phase == RevokerPhase.Committed && Mutant == Mutant.SweepTimedFromCommit))
                revoker.Timer = Math.Min(scenario.Wait, (byte)(revoker.Timer + 1));
        }
        Add(new(StepKind.Tick), world);

        static byte Less(byte left) => left == 0 ? left : (byte)(left - 1);
    }

    /// <summary>
    /// The synchronous standby becomes the primary. It has every row that was committed; the old primary lives on, answers every SELECT, and
    /// commits only for itself, with the notice. Connections stay where they are.
    /// </summary>
    private void Failover(World world)
    {
        if (!scenario.Failover || world.FailedOver)
            return;
        world.FailedOver = true;
        world.ZombieRevision = world.Revision;
        for (var i = 0; i < scenario.Replicas; i++)
            world.Replicas[i].ZombieRow = world.Replicas[i].Row;
        Add(new(StepKind.Failover), world);
    }

    /// <summary>
    /// Someone writes on the old primary: visible there, lost everywhere else, and the notice makes it a failure: nothing is acknowledged.
    /// </summary>
    private void WriteOnZombie(World world, LocalWrite write)
    {
        if (!world.FailedOver || world.ZombieWrite != LocalWrite.None)
            return;
        world.ZombieWrite = write;
        if (write == LocalWrite.Revoke && Mutant == Mutant.NoticeIgnoredByRevoker)
        {
            if (world.Revision != world.ZombieRevision || !IsNext(world, world.Revision) || WriteOf(world.Revision) != Write.Revoke)
                return;
            world.Revokers[world.Revision] = new Revoker { Phase = RevokerPhase.Committed, On = Node.First };
        }
        Add(new(write == LocalWrite.Revoke ? StepKind.RevokeOnZombie : StepKind.OtherOnZombie), world);
    }

    private void Add(Step step, World after, bool violates = false)
    {
        Reduce(ref after);
        _moves.Add(new Move(step, after, violates));
    }
}
