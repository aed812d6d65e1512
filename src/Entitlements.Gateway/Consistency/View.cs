using System.Collections.Concurrent;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// What this replica knows and how long it may act on it: one immutable object, published last and read once by each request. Only under a
/// view that has not expired may anything be allowed.
/// </summary>
/// <param name="Applied">Every revocation up to this revision is in <paramref name="Floors"/>.</param>
/// <param name="Expires">By <see cref="BootClock"/>: counted from before the renewal was sent.</param>
/// <param name="Timeline">Of the primary that granted it; another timeline is another history.</param>
/// <param name="Base">Nothing evaluated before this revision counts.</param>
/// <param name="Clock">The primary's clock, for trusted time.</param>
internal sealed record View(long Applied, TimeSpan Expires, string Timeline, long Base, Floors Floors, ClockAnchor? Clock)
{
    /// <summary>One process that has its database to itself needs no lease.</summary>
    public static View Embedded { get; } = new(0, TimeSpan.MaxValue, "", 0, new(), null);

    /// <summary>True when something evaluated at <paramref name="revision"/> on <paramref name="evidence"/> (<see cref="Evidence.Fingerprint"/>) is as good as new.</summary>
    public bool Covers(string timeline, long revision, ReadOnlySpan<ulong> evidence)
    {
        if (timeline != Timeline || revision < Base)
        {
            return false;
        }
        foreach (var scope in evidence)
        {
            if (revision < Floors.Of(scope))
            {
                return false;
            }
        }
        return true;
    }
}

/// <summary>For each scope the last revision that may have changed it. Only ever gains entries: a request that runs under an older view still finds its own.</summary>
internal sealed class Floors
{
    /// <summary>Above this many scopes a new map is begun, with a new base: that costs misses, never safety.</summary>
    public const int Most = 100_000;

    private readonly ConcurrentDictionary<ulong, long> _floors = new();

    public int Count => _floors.Count;

    public long Of(ulong scope) => _floors.TryGetValue(scope, out var revision) ? revision : 0;

    public void Raise(string scope, long revision) => _floors.AddOrUpdate(Evidence.Fingerprint(scope), revision, (_, before) => Math.Max(before, revision));
}

/// <summary>The primary's clock as one renewal saw it.</summary>
/// <param name="Time">What the primary said.</param>
/// <param name="Sent">By <see cref="BootClock"/>, before it was asked.</param>
/// <param name="Received">After it answered.</param>
internal sealed record ClockAnchor(DateTimeOffset Time, TimeSpan Sent, TimeSpan Received);
