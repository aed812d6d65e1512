using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// The primary's clock, carried on by this machine's time since boot: the wall clock of a replica decides nothing. Until the first view, and
/// on SQLite, it is the system's clock.
/// </summary>
internal sealed class TrustedTime(Replica replica, BootClock clock) : TimeProvider
{
    private long _told;

    /// <summary>Now, and rather too late than too early: what ends has ended on time. Off by less than the renewal's round trip. Each later than the one before, so that what came after bears a later time.</summary>
    public override DateTimeOffset GetUtcNow() =>
        replica.Clock is { } anchor ? new(AfterAll((anchor.Time + (clock.Now - anchor.Sent)).UtcTicks), TimeSpan.Zero) : System.GetUtcNow();

    /// <summary>Now, and rather too early than too late: what begins has begun.</summary>
    public DateTimeOffset GetEarliest() => replica.Clock is { } anchor ? anchor.Time + (clock.Now - anchor.Received) : System.GetUtcNow();

    /// <remarks>A renewal that took longer than the next one made its time later: without this the clock would step back.</remarks>
    private long AfterAll(long now)
    {
        while (true)
        {
            var told = Volatile.Read(ref _told);
            var next = Math.Max(now, told + TimeSpan.TicksPerMicrosecond);
            if (Interlocked.CompareExchange(ref _told, next, told) == told)
            {
                return next;
            }
        }
    }
}

internal static class TimedJudgement
{
    /// <summary>Now, and rather too early than too late, to the microsecond: what is written to begin at it has begun for everyone who reads it.</summary>
    public static DateTimeOffset Earliest(this TimeProvider clock)
    {
        var earliest = clock is TrustedTime trusted ? trusted.GetEarliest() : clock.GetUtcNow();
        return new(earliest.UtcTicks - earliest.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    /// <summary>
    /// Judges at <paramref name="at"/>, read from this clock after the truth was. Where the clock knows its own error, an allow must stand at both ends of it;
    /// it is not earlier than the truth was read, by the primary's own clock.
    /// </summary>
    public static Decision Judge(this TimeProvider clock, EvaluationRequest request, Truth truth, DateTimeOffset at)
    {
        var decision = Evaluator.Evaluate(request, truth.Facts, at);
        var earliest = clock.Earliest();
        earliest = truth.ReadAt is { } read && earliest < read ? read : earliest;
        return decision is Decision.Allow && earliest < at && Evaluator.Evaluate(request, truth.Facts, earliest) is Decision.Deny early ? early : decision;
    }
}
