using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;

namespace Entitlements.Gateway.Access;

/// <summary>Section <c>Cache</c>, with <c>ConnectionStrings:Redis</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Bytes that one decision in memory takes, its key and its place in the table included (measured).</summary>
    public const long EntrySize = 1536;

    /// <summary>Bytes of decisions kept in memory, whatever the number of people. 1 MiB to 1 TiB; default 256 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long Memory { get; set; } = 256L << 20;

    /// <summary>How long a request waits for Redis at most. 1 ms to 1 s; default 20 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:01")]
    public TimeSpan RedisBudget { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>A StackExchange.Redis configuration string; empty where there is no Redis. May hold a password.</summary>
    public string? Redis { get; internal set; }

    /// <summary>Decisions may come from a cache: <c>Consistency:Mode</c> is <c>Leased</c>.</summary>
    public bool IsOn { get; internal set; }

    /// <summary>Decisions may come from Redis.</summary>
    public bool HasRedis => IsOn && !string.IsNullOrWhiteSpace(Redis);
}

/// <summary>Where a decision was found.</summary>
internal enum CacheLevel
{
    Memory,
    Redis,
    Truth,
}

/// <summary>Why a cached decision was not believed.</summary>
internal enum Rejection
{
    /// <summary>Not sealed by a key of ours.</summary>
    Mac,

    /// <summary>Put there for another question.</summary>
    Key,

    /// <summary>Too old, or its facts would be judged differently by now.</summary>
    Expired,

    /// <summary>A revocation, or another history, came between.</summary>
    Revoked,

    /// <summary>Not an entry at all.</summary>
    Malformed,

    /// <summary>Made by another build, which may decide or write differently.</summary>
    Version,
}

/// <summary>How often decisions come from where, and why some did not.</summary>
internal sealed class CacheTelemetry
{
    public const string Name = "Entitlements.Access";
    public const string Decisions = "entitlements.decisions.found";
    public const string LevelTag = "entitlements.level";

    private static readonly KeyValuePair<string, object?>[] Levels = [new(LevelTag, "memory"), new(LevelTag, "redis"), new(LevelTag, "truth")];

    private static readonly KeyValuePair<string, object?>[] Causes = Array.ConvertAll(
        ["mac", "key", "expired", "revoked", "malformed", "version"],
        cause => new KeyValuePair<string, object?>("entitlements.cause", cause)
    );

    private readonly long[] _found = new long[Levels.Length]; // read when somebody looks: a counter costs as much as the look-up it counts
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _checked;

    public CacheTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableCounter(
            Decisions,
            () => Levels.Select((level, i) => new Measurement<long>(Volatile.Read(ref _found[i]), level)),
            unit: "{decision}",
            description: "Decisions by where they were found."
        );
        _rejected = meter.CreateCounter<long>(
            "entitlements.decisions.rejected",
            unit: "{decision}",
            description: "Cached decisions that did not count, by cause."
        );
        _checked = meter.CreateCounter<long>(
            "entitlements.denials.checked",
            unit: "{decision}",
            description: "Denials from memory that were judged again, one of 2,048: how many the truth would not have given."
        );
    }

    public void Found(CacheLevel level) => Interlocked.Increment(ref _found[(int)level]);

    public void Checked(bool isFalse) => _checked.Add(1, new KeyValuePair<string, object?>("entitlements.false", isFalse));

    public void Rejected(CacheLevel level, Rejection cause) => _rejected.Add(1, Levels[(int)level], Causes[(int)cause]);
}
