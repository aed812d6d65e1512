using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>The two database servers. A server is its own timeline: the standby, once promoted, starts a new one.</summary>
internal enum Node : byte
{
    First,
    Promoted,
}

/// <summary>Where a replica's lease loop stands.</summary>
internal enum LoopPhase : byte
{
    /// <summary>A new incarnation whose row is not yet inserted. A dead process is one that never gets further.</summary>
    Starting,

    /// <summary>Between two renewals.</summary>
    Ready,

    /// <summary>The renewal's statement has its snapshot, its row is not yet committed.</summary>
    Snapped,

    /// <summary>The renewal is committed; the reply is on its way, or lost.</summary>
    Committed,

    /// <summary><see cref="Mutant.ExtendBeforeApply"/> only.</summary>
    Extended,
}

/// <summary>Where a revocation stands.</summary>
internal enum RevokerPhase : byte
{
    Idle,

    /// <summary><see cref="Mutant.OneStatementRevoke"/> only: waiting for the counter, with a snapshot that saw the right, or that did not.</summary>
    SawRight,
    SawNothing,
    Committed,
    Waiting,
    Acknowledged,
}

/// <summary>Where the watched check stands.</summary>
internal enum CheckPhase : byte
{
    None,

    /// <summary><see cref="Mutant.TornView"/> only: it has the floors and has not looked at the expiry.</summary>
    FloorsRead,
    Begun,
}

/// <summary>A write that only the cut-off old primary has: its caller got the notice and counts it as failed.</summary>
internal enum LocalWrite : byte
{
    None,
    Revoke,
    Other,
}

/// <summary>What a replica publishes as one object. Times are what is left of them, so that time itself needs no bound.</summary>
internal struct View
{
    public bool Exists;

    /// <summary>Ticks until <c>exp</c>; 0 is expired.</summary>
    public byte Left;
    public byte Applied;
    public Node Timeline;
    public byte Base;

    /// <summary><c>floors[scope of our right]</c>; 0 is none.</summary>
    public byte Floor;

    /// <summary>An entry must have been evaluated at this revision or later.</summary>
    public readonly byte Bar => Math.Max(Base, Floor);
}

/// <summary>One replica: its lease loop, its view, and its row on either server.</summary>
internal struct Replica
{
    /// <summary>The value of a row's <c>conf</c> where there is no row.</summary>
    public const byte NoRow = 15;

    public LoopPhase Phase;
    public Node RenewsOn;
    public byte Seen;

    /// <summary>Ticks the lease would still last if it were granted now.</summary>
    public byte Left;
    public View View;

    /// <summary><c>conf</c> on the primary, -1 written as 0, for no revision is 0.</summary>
    public byte Row;

    /// <summary>The same on the old primary once it is cut off; <see cref="NoRow"/> before.</summary>
    public byte ZombieRow;

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(new ReadOnlySpan<Replica>(in this));
}

/// <summary>One revocation of the scenario, from its commit to its acknowledgement.</summary>
internal struct Revoker
{
    public RevokerPhase Phase;
    public Node On;
    public byte Timer;

    /// <summary>Bit i: the row of replica i was pending when read.</summary>
    public byte Pending;

    /// <summary>Bit i: <c>seq</c> of that row is no longer the one that was read.</summary>
    public byte Renewed;
}

/// <summary>The one check that must not allow: it began after the acknowledgement.</summary>
internal struct Check
{
    public CheckPhase Phase;
    public byte Replica;

    /// <summary>Its view's map of floors is still the one the lease loop adds to.</summary>
    public bool SharesFloors;
    public View View;
}

[InlineArray(3)]
internal struct Replicas
{
    private Replica _first;
}

[InlineArray(3)]
internal struct Revokers
{
    private Revoker _first;
}

/// <summary>One state. All bytes, no padding, no references: equality and hash are those of its bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct World : IEquatable<World>
{
    /// <summary><c>authz_rev</c> on the primary.</summary>
    public byte Revision;

    /// <summary>Bit r: the right is held at revision r.</summary>
    public byte Held;
    public bool FailedOver;

    /// <summary>The revision that the old primary had when it was cut off.</summary>
    public byte ZombieRevision;
    public LocalWrite ZombieWrite;

    /// <summary>The newest cached allow of each timeline, revision + 1; 0 is none. Older ones open nothing that it does not.</summary>
    public byte CachedFirst;
    public byte CachedPromoted;

    /// <summary><see cref="Mutant.StampedWithNow"/> only: an allow was evaluated and is not yet stored.</summary>
    public bool Unstored;

    /// <summary>Whether a revocation has been acknowledged and the right not been granted since. No process reads it: it is what the property speaks of.</summary>
    public bool MustDeny;
    public Check Check;
    public Replicas Replicas;
    public Revokers Revokers;

    public readonly Node Primary => FailedOver ? Node.Promoted : Node.First;

    public readonly byte RevisionOn(Node node) => node == Primary ? Revision : (byte)(ZombieRevision + (ZombieWrite == LocalWrite.None ? 0 : 1));

    public readonly bool HeldOn(Node node) => node == Primary ? HeldAt(Revision) : ZombieWrite != LocalWrite.Revoke && HeldAt(ZombieRevision);

    public readonly bool HeldAt(int revision) => (Held & (1 << revision)) != 0;

    public readonly byte RowOn(Node node, int replica) => node == Primary ? Replicas[replica].Row : Replicas[replica].ZombieRow;

    public void SetRow(Node node, int replica, byte conf)
    {
        if (node == Primary)
            Replicas[replica].Row = conf;
        else
            Replicas[replica].ZombieRow = conf;
    }

    public readonly byte CachedOn(Node timeline) => timeline == Node.First ? CachedFirst : CachedPromoted;

    /// <summary>An allow evaluated at <paramref name="revision"/>, as its stamp says, is in the cache.</summary>
    public void Cache(Node timeline, byte revision)
    {
        if (timeline == Node.First)
            CachedFirst = Math.Max(CachedFirst, (byte)(revision + 1));
        else
            CachedPromoted = Math.Max(CachedPromoted, (byte)(revision + 1));
    }

    public readonly bool Equals(World other) => Bytes(in this).SequenceEqual(Bytes(in other));

    public override readonly bool Equals(object? obj) => obj is World other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes(in this));
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> Bytes(in World world) => MemoryMarshal.AsBytes(new ReadOnlySpan<World>(in world));
}
