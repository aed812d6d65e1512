using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// The primary's clock, carried on by this machine's time since boot: the wall clock of a replica decides nothing. Until the first view, and
/// on SQLite, it is the system's clock.
/// </summary>
internal sealed class TrustedTime(Replica replica, BootClock clock) : TimeProvider
{
    /// <summary>Now, and rather too late than too early: what ends has ended on time. Off by less than the renewal's round trip.</summary>
    public override DateTimeOffset GetUtcNow() => replica.Last?.Clock is { } anchor ? anchor.Time + (clock.Now - anchor.Sent) : System.GetUtcNow();

    /// <summary>Now, and rather too early than too late: what begins has begun.</summary>
    public DateTimeOffset GetEarliest() => replica.Last?.Clock is { } anchor ? anchor.Time + (clock.Now - anchor.Received) : System.GetUtcNow();
}

internal static class TimedJudgement
{
    /// <summary>Judges at <paramref name="at"/>, read from this clock just now. Where the clock knows its own error, an allow must stand at both ends of it.</summary>
    public static Decision Judge(this TimeProvider clock, EvaluationRequest request, Facts facts, DateTimeOffset at)
    {
        var decision = Evaluator.Evaluate(request, facts, at);
        return decision is Decision.Allow && clock is TrustedTime trusted && trusted.GetEarliest() is var earliest && earliest < at
            ? Evaluator.Evaluate(request, facts, earliest) is Decision.Deny early
                ? early
                : decision
            : decision;
    }
}
