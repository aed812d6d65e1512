namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>One rule of the protocol broken at a time. A model that cannot tell a broken protocol from the right one proves nothing.</summary>
internal enum Mutant
{
    /// <summary>The protocol as it is.</summary>
    None,

    /// <summary>The lease runs from the arrival of the reply instead of from <c>t0</c>, taken before the request was sent.</summary>
    LeaseCountedFromReply,

    /// <summary>A replica takes its first view before its row is visible, so a revocation between the two does not know of it.</summary>
    ReadThenRegister,

    /// <summary>The sweep deletes a row without asking that its <c>seq</c> is still the one that was read.</summary>
    BlindReap,

    /// <summary>The new expiry is published before the floors that come with it.</summary>
    ExtendBeforeApply,

    /// <summary>The renewal that sees a revision also confirms it, before anything was applied.</summary>
    ConfirmBeforeApply,

    /// <summary>The revoker's timer starts at its commit instead of after the pending rows were read.</summary>
    SweepTimedFromCommit,

    /// <summary>The revoker waits L on its own clock, with no margin for a replica whose clock is slow.</summary>
    ShortWait,

    /// <summary>A check takes the floors from one view and the expiry from a later one.</summary>
    TornView,

    /// <summary>A reset empties the map of floors that running checks share, instead of making a new one.</summary>
    FloorsClearedInPlace,

    /// <summary>A reset makes a new map of floors and leaves <c>base</c> at 0, so what was cached before it is usable again.</summary>
    ResetWithoutBase,

    /// <summary>A revocation is acknowledged as soon as it is committed.</summary>
    NoWait,

    /// <summary>A retry that finds the right already gone is acknowledged at once.</summary>
    EarlyIdempotentAck,

    /// <summary>A renewal is a plain SELECT, which a cut-off old primary answers as well.</summary>
    RenewalBySelect,

    /// <summary>The lease loop takes a commit that came back with the synchronous-replication notice for a renewal.</summary>
    ZombieGrants,

    /// <summary>The revoker takes a commit that came back with the synchronous-replication notice for a revocation.</summary>
    NoticeIgnoredByRevoker,

    /// <summary>A revoker that moves to the new primary keeps rows and timer: <c>seq</c> of the two servers may be equal by chance.</summary>
    WaitKeptOnReconnect,

    /// <summary>A truth is accepted whatever its timeline and revision.</summary>
    TruthUnchecked,

    /// <summary>A truth is accepted by its revision alone: two timelines count the same numbers.</summary>
    TruthWithoutTimeline,

    /// <summary>A cached entry is used on another timeline than the one it was evaluated on.</summary>
    EntryWithoutTimeline,

    /// <summary>A cached entry carries the revision applied when it was stored, not that of the snapshot it was evaluated on.</summary>
    StampedWithNow,

    /// <summary>Counter and set-wise row change in one statement: its snapshot is older than the wait for the counter and misses a grant.</summary>
    OneStatementRevoke,
}
