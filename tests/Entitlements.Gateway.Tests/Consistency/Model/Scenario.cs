namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>What one revision does to the one right that the model watches.</summary>
internal enum Write
{
    /// <summary>Takes the right away, set-wise, with its scope in <c>inval</c>. A second one is the retry of a caller who saw no answer.</summary>
    Revoke,

    /// <summary>Gives the right. Nobody waits for a grant.</summary>
    Grant,

    /// <summary>A revocation of something else: it waits and sweeps like every revocation, and leaves our right alone.</summary>
    Other,
}

/// <summary>The bounds of one exploration.</summary>
/// <param name="Name">How a test calls it.</param>
/// <param name="Replicas">1 to 3.</param>
/// <param name="Writes">Write k commits revision k + 1: the counter's row lock makes commit order revision order. At most 3.</param>
/// <param name="Lease">
/// How long a lease lasts, in ticks of the revoker's clock. A replica counts L = <paramref name="Lease"/> - 1 ticks on its own clock, which is slow:
/// the worst a bounded rate error may do. A fast clock only ends the lease sooner.
/// </param>
/// <param name="Failover">Whether the synchronous standby may be promoted, once, leaving the old primary alive and cut off.</param>
/// <param name="WritesOnZombie">Whether someone then writes on the old primary.</param>
internal sealed record Scenario(string Name, int Replicas, Write[] Writes, byte Lease, bool Failover = false, bool WritesOnZombie = false)
{
    public Mutant Mutant { get; init; }

    /// <summary>Whether worlds that differ in nothing that matters are made one. It is sound for the protocol, and not for every mutant.</summary>
    public bool Reduced { get; init; } = true;

    /// <summary>W = L(1 + rate error): a whole lease of the slowest clock.</summary>
    public byte Wait => Mutant == Mutant.ShortWait ? (byte)(Lease - 1) : Lease;

    /// <summary>The right is held in the beginning, unless the first write grants it.</summary>
    public bool HeldAtStart => Writes[0] != Write.Grant;

    public override string ToString() => Name;
}
