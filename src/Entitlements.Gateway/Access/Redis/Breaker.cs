using Entitlements.Gateway.Consistency;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>After one failure Redis is left alone for a while; then one request tries, and the others wait for how it fares by not waiting.</summary>
internal sealed class Breaker(BootClock clock)
{
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    /// <summary>Ticks of the clock at which the next may try; 0: closed.</summary>
    private long _until;

    public bool IsOpen => Volatile.Read(ref _until) != 0;

    /// <summary>True while nobody may try.</summary>
    public bool IsResting => Volatile.Read(ref _until) is not 0 and var until && clock.Now.Ticks < until;

    /// <summary>True when the caller may ask Redis, and must then say how it went.</summary>
    public bool TryEnter()
    {
        var until = Volatile.Read(ref _until);
        if (until == 0)
        {
            return true;
        }
        var now = clock.Now.Ticks;
        return now >= until && Interlocked.CompareExchange(ref _until, now + Rest.Ticks, until) == until; // of all who come now one tries
    }

    public void Failed() => Volatile.Write(ref _until, clock.Now.Ticks + Rest.Ticks);

    public void Succeeded()
    {
        if (IsOpen)
        {
            Volatile.Write(ref _until, 0);
        }
    }
}
