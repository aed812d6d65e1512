namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>A write, and for a revocation its way to the acknowledgement. A revoker that dies, or whose caller gave up, is one that never gets there.</summary>
internal sealed partial class Protocol
{
    private void RevokeSteps(in World world, int k)
    {
        switch (world.Revokers[k].Phase)
        {
            case RevokerPhase.Idle:
                TakeEarlySnapshot(world, k);
                AckAlreadyRevoked(world, k);
                Commit(world, k);
                break;
            case RevokerPhase.SawRight or RevokerPhase.SawNothing:
                Commit(world, k);
                break;
            case RevokerPhase.Committed:
                ReadPending(world, k);
                Reconnect(world, k);
                break;
            case RevokerPhase.Waiting:
                AckByConfirmation(world, k);
                AckBySweep(world, k);
                Reconnect(world, k);
                break;
            case RevokerPhase.Acknowledged:
                break;
        }
    }

    /// <summary>
    /// Statement 1, <c>UPDATE authz_rev SET rev = rev + 1</c>, waits for its row lock; statement 2 changes the rows and inserts <c>inval</c>; COMMIT,
    /// which returns when the standby has it.
    /// </summary>
    /// <remarks>
    /// One step: from the lock to the commit no other write commits and nobody sees this one, and statement 2 has a snapshot taken under the lock.
    /// A retry that finds the right gone writes a revision like the first.
    /// </remarks>
    private void Commit(World world, int k)
    {
        ref var revoker = ref world.Revokers[k];
        if (!IsNext(world, k) || (NeedsEarlySnapshot(k) && revoker.Phase == RevokerPhase.Idle))
            return;
        var held = WriteOf(k) switch
        {
            Write.Grant => true,
            Write.Revoke => world.HeldAt(k) && revoker.Phase == RevokerPhase.SawNothing,
            _ => world.HeldAt(k),
        };
        world.Revision++;
        world.Held |= (byte)(held ? 1 << world.Revision : 0);
        if (WriteOf(k) == Write.Grant)
        {
            world.MustDeny = false;
            world.Check = default; // a check that began before is no longer bound to refuse
        }
        revoker = new Revoker { Phase = WriteOf(k) == Write.Grant ? RevokerPhase.Acknowledged : RevokerPhase.Committed, On = world.Primary };
        if (WriteOf(k) == Write.Grant || Mutant == Mutant.NoWait)
            Acknowledge(ref world, k);
        Add(Step.OfWrite(StepKind.Commit, k), world);
    }

    /// <summary><c>SELECT inc, seq FROM replica_lease WHERE conf &lt; R</c> on the same connection; <c>t = boottime()</c> after the rows were read.</summary>
    private void ReadPending(World world, int k)
    {
        ref var revoker = ref world.Revokers[k];
        for (var i = 0; i < scenario.Replicas; i++)
            if (IsPending(world, k, i))
                revoker.Pending |= (byte)(1 << i);
        revoker.Phase = RevokerPhase.Waiting;
        Add(Step.OfWrite(StepKind.ReadPending, k), world);
    }

    /// <summary>The connection to the old primary is gone, or its timeline is no longer the right one: the wait begins again on the new primary.</summary>
    private void Reconnect(World world, int k)
    {
        ref var revoker = ref world.Revokers[k];
        if (revoker.On == world.Primary || Mutant == Mutant.NoticeIgnoredByRevoker)
            return;
        if (Mutant == Mutant.WaitKeptOnReconnect)
            revoker.On = world.Primary;
        else
            revoker = new Revoker { Phase = RevokerPhase.Committed, On = world.Primary };
        Add(Step.OfWrite(StepKind.Reconnect, k), world);
    }

    /// <summary>Every row that was pending is gone or has <c>conf &gt;= R</c>: 200.</summary>
    /// <remarks>Polling and acknowledging are one step: <c>conf</c> of an incarnation only grows, so what an earlier poll dropped this one drops too.</remarks>
    private void AckByConfirmation(World world, int k)
    {
        if (AnyPending(world, k))
            return;
        var nobody = world.Revokers[k].Pending == 0;
        Acknowledge(ref world, k);
        Add(Step.OfWrite(nobody ? StepKind.AckWithNobodyPending : StepKind.AckByConfirmation, k), world);
    }

    /// <summary>W has passed: <c>DELETE … WHERE inc = p.inc AND seq = p.seq</c> for each that is still pending: 200.</summary>
    private void AckBySweep(World world, int k)
    {
        var revoker = world.Revokers[k];
        if (revoker.Timer < scenario.Wait)
            return;
        for (var i = 0; i < scenario.Replicas; i++)
        {
            var bit = 1 << i;
            if ((revoker.Pending & bit) == 0 || !IsPending(world, k, i))
                continue;
            if ((revoker.Renewed & bit) == 0 || Mutant == Mutant.BlindReap)
                world.SetRow(revoker.On, i, Replica.NoRow);
        }
        Acknowledge(ref world, k);
        Add(Step.OfWrite(StepKind.AckBySweep, k), world);
    }

    /// <summary>The caller may read its 200. From now on, unless the right was granted meanwhile, a check that begins must refuse.</summary>
    private void Acknowledge(ref World world, int k)
    {
        world.Revokers[k] = new Revoker { Phase = RevokerPhase.Acknowledged };
        var grantedSince = false;
        for (var later = k + 1; later < world.Revision; later++)
            grantedSince |= WriteOf(later) == Write.Grant;
        if (WriteOf(k) == Write.Revoke && !grantedSince)
            world.MustDeny = true;
    }

    /// <summary><see cref="Mutant.OneStatementRevoke"/>: the snapshot is taken while a write before this one still holds the counter.</summary>
    private void TakeEarlySnapshot(World world, int k)
    {
        if (!NeedsEarlySnapshot(k) || k > world.Revision + 1)
            return;
        world.Revokers[k].Phase = world.HeldAt(world.Revision) ? RevokerPhase.SawRight : RevokerPhase.SawNothing;
        Add(Step.OfWrite(StepKind.TakeEarlySnapshot, k), world);
    }

    /// <summary><see cref="Mutant.EarlyIdempotentAck"/>: nothing to do, so nothing to wait for.</summary>
    private void AckAlreadyRevoked(World world, int k)
    {
        if (Mutant != Mutant.EarlyIdempotentAck || !IsNext(world, k) || WriteOf(k) != Write.Revoke || world.HeldAt(k))
            return;
        Acknowledge(ref world, k);
        Add(Step.OfWrite(StepKind.AckAlreadyRevoked, k), world);
    }

    private bool NeedsEarlySnapshot(int k) => Mutant == Mutant.OneStatementRevoke && WriteOf(k) == Write.Revoke;

    private bool AnyPending(in World world, int k)
    {
        for (var i = 0; i < scenario.Replicas; i++)
            if ((world.Revokers[k].Pending & (1 << i)) != 0 && IsPending(world, k, i))
                return true;
        return false;
    }

    /// <summary>Whether the row of replica i has not confirmed write k, where its revoker looks.</summary>
    private static bool IsPending(in World world, int k, int i)
    {
        var conf = world.RowOn(world.Revokers[k].On, i);
        return conf != Replica.NoRow && conf < k + 1;
    }

    private static void NoLongerPending(ref Revoker revoker, int i)
    {
        revoker.Pending &= (byte)~(1 << i);
        revoker.Renewed &= (byte)~(1 << i);
    }

    private bool IsNext(in World world, int k) => k == world.Revision && k < scenario.Writes.Length;

    private Write WriteOf(int k) => scenario.Writes[k];
}
