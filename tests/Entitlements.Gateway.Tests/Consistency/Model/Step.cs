namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>What can happen in one atomic step.</summary>
internal enum StepKind
{
    Start,
    Tick,
    Crash,
    Failover,
    WriteOnZombie,

    Register,
    Snapshot,
    CommitRenewal,
    LeaseLost,
    RenewOnZombie,
    LoseReply,
    Publish,

    Commit,
    ReadPending,
    Reconnect,
    AckWithNobodyPending,
    AckByConfirmation,
    AckBySweep,

    BeginCheck,
    AllowFromCache,
    AllowFromTruth,

    // Steps that only a mutant takes.
    ViewBeforeRow,
    Extend,
    ReadExpiry,
    Evaluate,
    StampWithNow,
    TakeEarlySnapshot,
    AckAlreadyRevoked,
}

/// <summary>A step and who takes it: a replica (r1, r2…), the revocation of a revision, or a server.</summary>
internal readonly record struct Step(StepKind Kind, string Who = "")
{
    public override string ToString() => Who.Length == 0 ? Kind.ToString() : $"{Kind} {Who}";
}
