using System.Security.Cryptography;

namespace Entitlements.Gateway.Telling;

/// <summary>When to try again: 5 s doubled for each failed attempt, at most 6 h, of which half or more is waited, by chance, so that what failed together does not return together.</summary>
internal static class Backoff
{
    /// <summary>The longest pause, and the longest that a receiver may ask for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <param name="attempts">Attempts that failed, 1 or more.</param>
    /// <param name="asked">What the receiver asked for (<c>Retry-After</c>); the longer of both holds.</param>
    public static TimeSpan After(int attempts, TimeSpan? asked = null)
    {
        var full = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(attempts - 1, 30)));
        var pause = TimeSpan.FromSeconds(full * (500 + RandomNumberGenerator.GetInt32(501)) / 1000);
        return asked is { } wish && wish > pause ? TimeSpan.FromTicks(Math.Min(wish.Ticks, Longest.Ticks)) : pause;
    }
}
