namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>The lease loop of a replica.</summary>
internal sealed partial class Protocol
{
    private void LoopSteps(in World world, int i)
    {
        switch (world.Replicas[i].Phase)
        {
            case LoopPhase.Starting:
                Register(world, i);
                ViewBeforeRow(world, i);
                break;
            case LoopPhase.Ready:
                Snapshot(world, i, world.Primary);
                if (world.FailedOver)
                    RenewOnZombie(world, i);
                break;
            case LoopPhase.Snapped:
                CommitRenewal(world, i);
                break;
            case LoopPhase.Committed:
                LoseReply(world, i);
                Extend(world, i);
                Publish(world, i);
                break;
            case LoopPhase.Extended:
                Publish(world, i);
                break;
        }
        Crash(world, i);
    }

    /// <summary><c>INSERT lease(inc, seq=0, conf=-1); COMMIT</c>: the row is visible before the first lease is asked for.</summary>
    /// <remarks>
    /// It takes the place of the row that the last incarnation left, which in truth stays until it is swept. A dead incarnation's row can only delay
    /// an acknowledgement, so without it the revoker may do more, not less.
    /// </remarks>
    private void Register(World world, int i)
    {
        world.Replicas[i].Phase = LoopPhase.Ready;
        world.Replicas[i].Row = 0;
        for (var k = 0; k < scenario.Writes.Length; k++)
            if (world.Revokers[k].On == world.Primary)
                NoLongerPending(ref world.Revokers[k], i);
        Add(Step.OfReplica(StepKind.Register, i), world);
    }

    /// <summary>
    /// <c>t0 = boottime()</c>, and the snapshot of <c>UPDATE … RETURNING (SELECT rev FROM authz_rev)</c>.
    /// </summary>
    /// <remarks>One step: the later the request is sent before its snapshot, the longer the lease it brings, so a request that takes no time is the worst.</remarks>
    private void Snapshot(World world, int i, Node node)
    {
        ref var replica = ref world.Replicas[i];
        replica.Phase = LoopPhase.Snapped;
        replica.RenewsOn = node;
        replica.Seen = world.RevisionOn(node);
        replica.Left = scenario.Lease;
        Add(Step.OfReplica(StepKind.Snapshot, i, node), world);
    }

    /// <summary>The row is written: <c>seq + 1</c>, <c>conf = view.applied</c> as it was sent. 0 rows: the lease is lost, forget everything and start again.</summary>
    /// <remarks>Apart from the snapshot: the statement may wait for its synchronous commit while others commit and are seen.</remarks>
    private void CommitRenewal(World world, int i)
    {
        ref var replica = ref world.Replicas[i];
        if (Mutant == Mutant.RenewalBySelect)
        {
            replica.Phase = LoopPhase.Committed;
            Add(Step.OfReplica(StepKind.CommitRenewal, i), world);
            return;
        }
        var node = replica.RenewsOn;
        if (world.RowOn(node, i) == Replica.NoRow)
        {
            Forget(ref world, i);
            Add(Step.OfReplica(StepKind.LeaseLost, i), world);
            return;
        }
        WriteRow(ref world, i, node, Mutant == Mutant.ConfirmBeforeApply ? replica.Seen : replica.View.Applied);
        if (node == world.Primary || Mutant == Mutant.ZombieGrants)
            replica.Phase = LoopPhase.Committed;
        else
            BackToReady(ref replica); // notice: not granted
        Add(Step.OfReplica(StepKind.CommitRenewal, i, node), world);
    }

    /// <summary>A renewal on the old primary: its row is written there, and the notice says that nothing is granted.</summary>
    /// <remarks>
    /// One step from t0 to the notice, for it brings no lease whose age could matter. Its row there may have been swept, even where
    /// <see cref="ForgetZombieRows"/> no longer knows: then the lease is lost.
    /// </remarks>
    private void RenewOnZombie(World world, int i)
    {
        if (Mutant is Mutant.ZombieGrants or Mutant.RenewalBySelect)
        {
            Snapshot(world, i, Node.First);
            return;
        }
        var noRow = world.Replicas[i].ZombieRow == Replica.NoRow;
        if (noRow || scenario.Reduced)
        {
            var lost = world;
            Forget(ref lost, i);
            Add(Step.OfReplica(StepKind.LeaseLost, i, Node.First), lost);
        }
        if (noRow)
            return;
        WriteRow(ref world, i, Node.First, world.Replicas[i].View.Applied);
        Add(Step.OfReplica(StepKind.RenewOnZombie, i), world);
    }

    /// <summary>The reply does not come; the loop will send another.</summary>
    private void LoseReply(World world, int i)
    {
        BackToReady(ref world.Replicas[i]);
        Add(Step.OfReplica(StepKind.LoseReply, i), world);
    }

    /// <summary>
    /// The reply is here: <c>floors</c> gain what <c>inval</c> has in (applied, seen], then the new view is published as one object.
    /// After a reset (first view, other timeline, revision gone back) the map is new and <c>base = seen</c>.
    /// </summary>
    /// <remarks>
    /// One step, for until the view is published nobody sees of it but floors that grow, which only refuses more; and what time it takes is time in
    /// which the reply is on its way.
    /// </remarks>
    private void Publish(World world, int i)
    {
        ref var replica = ref world.Replicas[i];
        var old = replica.View;
        var reset = !old.Exists || old.Timeline != replica.RenewsOn || replica.Seen < old.Applied;
        replica.View = new View
        {
            Exists = true,
            Left = Mutant == Mutant.LeaseCountedFromReply ? scenario.Lease : replica.Left,
            Applied = replica.Seen,
            Timeline = replica.RenewsOn,
            Base = reset && Mutant != Mutant.ResetWithoutBase ? replica.Seen : old.Base,
            Floor = reset ? (byte)0 : Math.Max(old.Floor, LastRevocation(replica.Seen, replica.RenewsOn, world)),
        };
        ShareFloors(ref world, i, replica.View.Floor, reset);
        BackToReady(ref replica);
        Add(Step.OfReplica(StepKind.Publish, i), world);
    }

    /// <summary>The running check of this replica sees the map grow, or keeps the old one after a reset.</summary>
    private void ShareFloors(ref World world, int i, byte floor, bool reset)
    {
        ref var check = ref world.Check;
        if (!IsWatched(world, i) || !check.SharesFloors)
            return;
        if (reset && Mutant != Mutant.FloorsClearedInPlace)
            check.SharesFloors = false;
        else
            check.View.Floor = reset ? (byte)0 : Math.Max(check.View.Floor, floor);
    }

    /// <summary>The process dies and comes back as another incarnation: no view, its old row left behind.</summary>
    /// <remarks>Not under the watched check, which would die too: a check that never answers is as good as none, and none is explored anyway.</remarks>
    private void Crash(World world, int i)
    {
        if (world.Replicas[i].Phase == LoopPhase.Starting || IsWatched(world, i))
            return;
        Forget(ref world, i);
        Add(Step.OfReplica(StepKind.Crash, i), world);
    }

    /// <summary><see cref="Mutant.ReadThenRegister"/>: the first view, of a revision read while no row tells the revokers of it.</summary>
    private void ViewBeforeRow(World world, int i)
    {
        if (Mutant != Mutant.ReadThenRegister || world.Replicas[i].View.Exists)
            return;
        var seen = world.Revision;
        world.Replicas[i].View = new View
        {
            Exists = true,
            Left = scenario.Lease,
            Applied = seen,
            Timeline = world.Primary,
            Base = seen,
        };
        Add(Step.OfReplica(StepKind.ViewBeforeRow, i), world);
    }

    /// <summary><see cref="Mutant.ExtendBeforeApply"/>: the old view with the new expiry.</summary>
    private void Extend(World world, int i)
    {
        ref var replica = ref world.Replicas[i];
        if (Mutant != Mutant.ExtendBeforeApply || !replica.View.Exists)
            return;
        replica.View.Left = replica.Left;
        replica.Phase = LoopPhase.Extended;
        Add(Step.OfReplica(StepKind.Extend, i), world);
    }

    /// <summary>The highest revision up to <paramref name="seen"/> that <c>inval</c> has our scope for.</summary>
    private byte LastRevocation(int seen, Node node, in World world)
    {
        if (node != world.Primary && world.ZombieWrite == LocalWrite.Revoke && seen > world.ZombieRevision)
            return (byte)seen;
        for (var revision = node == world.Primary ? seen : Math.Min(seen, world.ZombieRevision); revision > 0; revision--)
            if (WriteOf(revision - 1) == Write.Revoke)
                return (byte)revision;
        return 0;
    }

    private void WriteRow(ref World world, int i, Node node, byte conf)
    {
        world.SetRow(node, i, conf);
        for (var k = 0; k < scenario.Writes.Length; k++)
            if (world.Revokers[k].Phase == RevokerPhase.Waiting && world.Revokers[k].On == node)
                world.Revokers[k].Renewed |= (byte)(world.Revokers[k].Pending & (1 << i));
    }

    private static bool IsWatched(in World world, int i) => world.Check.Phase != CheckPhase.None && world.Check.Replica == i;

    private static void Forget(ref World world, int i)
    {
        ref var replica = ref world.Replicas[i];
        replica = new Replica { Row = replica.Row, ZombieRow = replica.ZombieRow };
        if (IsWatched(world, i))
            world.Check.SharesFloors = false; // the next view has a new map
    }

    private static void BackToReady(ref Replica replica)
    {
        replica.Phase = LoopPhase.Ready;
        replica.RenewsOn = default;
        replica.Seen = 0;
        replica.Left = 0;
    }
}
