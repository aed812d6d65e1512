using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;

namespace Entitlements.Gateway.Access;

/// <summary>Section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Bytes that one decision in memory takes, its key and its place in the table included (measured).</summary>
    public const long EntrySize = 1024;

    /// <summary>Bytes of decisions kept in memory, whatever the number of people. 1 MiB to 1 TiB; default 256 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long Memory { get; set; } = 256L << 20;
}

/// <summary>Where a decision was found.</summary>
internal enum CacheLevel
{
    Memory,
    Redis,
    Truth,
}

/// <summary>How often decisions come from where.</summary>
internal sealed class CacheTelemetry(IMeterFactory meters)
{
    private readonly Counter<long> _found = meters
        .Create("Entitlements.Access")
        .CreateCounter<long>("entitlements.decisions.found", unit: "{decision}", description: "Decisions by where they were found.");

    private readonly Counter<long> _rejected = meters
        .Create("Entitlements.Access")
        .CreateCounter<long>("entitlements.decisions.rejected", unit: "{decision}", description: "Cached decisions that no longer counted.");

    private static readonly KeyValuePair<string, object?>[] Tags =
    [
        new("entitlements.level", "memory"),
        new("entitlements.level", "redis"),
        new("entitlements.level", "truth"),
    ];

    public void Found(CacheLevel level) => _found.Add(1, Tags[(int)level]);

    public void Rejected(CacheLevel level) => _rejected.Add(1, Tags[(int)level]);
}
