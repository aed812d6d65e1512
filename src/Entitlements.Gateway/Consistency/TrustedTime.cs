namespace Entitlements.Gateway.Consistency;

/// <summary>
/// The primary's clock, carried on by this machine's time since boot: the wall clock of a replica decides nothing. Until the first view, and
/// on SQLite, it is the system's clock.
/// </summary>
internal sealed class TrustedTime(Replica replica, BootClock clock) : TimeProvider
{
    /// <summary>Now, and rather too late than too early: what ends has ended on time. Off by less than the renewal's round trip.</summary>
    public override DateTimeOffset GetUtcNow() => replica.Last?.Clock is { } anchor ? anchor.Time + (clock.Now - anchor.Sent) : System.GetUtcNow();
}
