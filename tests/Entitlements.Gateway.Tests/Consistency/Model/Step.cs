namespace Entitlements.Gateway.Tests.Consistency.Model;

/// <summary>What can happen in one atomic step.</summary>
internal enum StepKind
{
    Tick,
    Crash,
    Failover,
    RevokeOnZombie,
    OtherOnZombie,

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

/// <summary>A step, and who takes it: a replica (<c>r1</c>…), or whoever commits a revision (<c>w1</c>…); and on which server, where it may be either.</summary>
internal readonly record struct Step(StepKind Kind, string Who = "", int Number = 0, Node? On = null)
{
    public static Step OfReplica(StepKind kind, int replica, Node? on = null) => new(kind, "r", replica + 1, on);

    public static Step OfWrite(StepKind kind, int write) => new(kind, "w", write + 1);

    public override string ToString() =>
        Who.Length == 0 ? $"{Kind}"
        : On is { } node ? $"{Kind} {Who}{Number} on {node}"
        : $"{Kind} {Who}{Number}";
}
