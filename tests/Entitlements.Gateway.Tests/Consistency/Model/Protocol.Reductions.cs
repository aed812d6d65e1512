namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>
/// Worlds that differ only in what nobody will ever read again, or only in what makes more possible, are made one. Without this the scenarios are
/// several times as large, and hold as well. It is sound for the protocol as it is; mutants are explored without.
/// </summary>
internal sealed partial class Protocol
{
    private void Reduce(ref World world)
    {
        CacheEveryTruth(ref world);
        if (!scenario.Reduced)
            return;
        FoldBase(ref world);
        for (var k = 0; k < scenario.Writes.Length; k++)
            ForgetTimer(ref world, k);
        if (world.FailedOver)
            ForgetZombieRows(ref world);
        ForgetConfirmations(ref world);
        ForgetBystanders(ref world);
        Order(ref world);
    }

    /// <summary>
    /// Some check has read the truth on each server and cached the allow, stamped with the revision and timeline of that one snapshot. No view is
    /// asked for: that check may have begun long ago. An entry only ever makes more possible, so it is there at once.
    /// </summary>
    private void CacheEveryTruth(ref World world)
    {
        if (Mutant == Mutant.StampedWithNow)
            return;
        if (world.HeldOn(world.Primary))
            world.Cache(world.Primary, world.Revision);
        if (world.FailedOver && world.HeldOn(Node.First))
            world.Cache(Node.First, world.RevisionOn(Node.First));
    }

    /// <summary>Only the greater of <c>base</c> and <c>floors[scope]</c> is ever read; both only grow.</summary>
    private void FoldBase(ref World world)
    {
        for (var i = 0; i < scenario.Replicas; i++)
            Fold(ref world.Replicas[i].View);
        Fold(ref world.Check.View);

        static void Fold(ref View view)
        {
            view.Floor = view.Bar;
            view.Base = 0;
        }
    }

    /// <summary>A revocation whose rows are all confirmed or gone needs neither its timer nor their <c>seq</c>: they stay so, and it may be acknowledged.</summary>
    private void ForgetTimer(ref World world, int k)
    {
        if (world.Revokers[k].Phase != RevokerPhase.Waiting || AnyPending(world, k))
            return;
        world.Revokers[k].Timer = 0;
        world.Revokers[k].Renewed = 0;
    }

    /// <summary><c>conf</c> is only ever compared with revisions that are not yet acknowledged: values between two of them are alike.</summary>
    private void ForgetConfirmations(ref World world)
    {
        for (var i = 0; i < scenario.Replicas; i++)
        {
            ref var replica = ref world.Replicas[i];
            replica.Row = Least(world, replica.Row);
            replica.ZombieRow = Least(world, replica.ZombieRow);
        }

        byte Least(in World world, byte conf)
        {
            if (conf == Replica.NoRow)
                return conf;
            while (conf > 0 && world.Revokers[conf - 1].Phase == RevokerPhase.Acknowledged)
                conf--;
            return conf;
        }
    }

    /// <summary>
    /// A check reads its own replica's views, the cache and the servers. Once it has begun, other replicas could only make a revocation wait longer,
    /// so they and their rows are gone.
    /// </summary>
    private void ForgetBystanders(ref World world)
    {
        for (var i = 0; i < scenario.Replicas; i++)
            if (IsBystander(world, i))
            {
                world.Replicas[i] = new Replica { Row = Replica.NoRow, ZombieRow = Replica.NoRow };
                for (var k = 0; k < scenario.Writes.Length; k++)
                    NoLongerPending(ref world.Revokers[k], i);
            }
    }

    private bool IsBystander(in World world, int i) => scenario.Reduced && world.Check.Phase != CheckPhase.None && world.Check.Replica != i;

    /// <summary>Replicas are alike, so they are kept in one order; in a trace of several, r1 and r2 may trade names from line to line.</summary>
    private void Order(ref World world)
    {
        for (var last = scenario.Replicas - 1; last > 0; last--)
        for (var i = 0; i < last; i++)
            if (Compare(world, i, i + 1) < 0)
                Swap(ref world, i, i + 1);
    }

    /// <summary>Any total order of all that is known of a replica will do: its bytes, then what the revocations and the check know of it.</summary>
    private int Compare(in World world, int a, int b)
    {
        var own = world.Replicas[a].Bytes.SequenceCompareTo(world.Replicas[b].Bytes);
        return own != 0 ? own : Known(world, a) - Known(world, b);

        int Known(in World world, int i)
        {
            var known = IsWatched(world, i) ? 1 : 0;
            for (var k = 0; k < scenario.Writes.Length; k++)
                known = (known << 2) | (((world.Revokers[k].Pending >> i) & 1) << 1) | ((world.Revokers[k].Renewed >> i) & 1);
            return known;
        }
    }

    private void Swap(ref World world, int a, int b)
    {
        (world.Replicas[a], world.Replicas[b]) = (world.Replicas[b], world.Replicas[a]);
        for (var k = 0; k < scenario.Writes.Length; k++)
        {
            world.Revokers[k].Pending = SwapBits(world.Revokers[k].Pending);
            world.Revokers[k].Renewed = SwapBits(world.Revokers[k].Renewed);
        }
        if (world.Check.Phase != CheckPhase.None && (world.Check.Replica == a || world.Check.Replica == b))
            world.Check.Replica = (byte)(a + b - world.Check.Replica);

        byte SwapBits(byte bits) => ((bits >> a) & 1) == ((bits >> b) & 1) ? bits : (byte)(bits ^ (1 << a) ^ (1 << b));
    }

    /// <summary>
    /// The rows of the cut-off primary count for revocations that still look at them. Where none does, all are taken to be there, and
    /// <see cref="RenewOnZombie"/> may find that they are not.
    /// </summary>
    private void ForgetZombieRows(ref World world)
    {
        for (var k = 0; k < scenario.Writes.Length; k++)
            if (world.Revokers[k] is { On: Node.First, Phase: RevokerPhase.Committed or RevokerPhase.Waiting })
                return;
        for (var i = 0; i < scenario.Replicas; i++)
            world.Replicas[i].ZombieRow = 0;
    }
}
