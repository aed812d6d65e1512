using System.ComponentModel.DataAnnotations;

namespace Entitlements.Gateway.Consistency;

/// <summary>Section <c>Consistency</c>.</summary>
internal sealed class ConsistencyOptions
{
    /// <summary>By how much any two clocks may differ in rate.</summary>
    private const double RateError = 0.05;

    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a replica may answer without hearing from the primary. 200 ms to 30 s; default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:00:30")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>After this long on the revoker's own clock every lease granted before has ended.</summary>
    public TimeSpan Wait => Lease * (1 + RateError) + Margin;

    /// <summary>A renewal is due after a quarter of the lease.</summary>
    public TimeSpan Renewal => Lease / 4;
}

/// <summary>Setting <c>Consistency:Mode</c>.</summary>
internal enum ConsistencyMode
{
    /// <summary>Decisions are cached, and every one is checked against the view of a lease.</summary>
    Leased,

    /// <summary>Every decision reads the truth, under the same lease. SQLite: always, and without a lease, for it serves one process.</summary>
    Strict,
}
