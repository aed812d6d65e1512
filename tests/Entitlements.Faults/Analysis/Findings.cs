using System.Text.Json.Serialization;

namespace Entitlements.Faults;

/// <summary>What must never be seen.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Breach>))]
internal enum Breach
{
    /// <summary>A decision begun after an acknowledged revocation allowed.</summary>
    STALE_ALLOW,

    /// <summary>An entitlement was issued for a request begun after an acknowledged revocation.</summary>
    STALE_ISSUE,

    /// <summary>An entitlement was spent by a request begun after an acknowledged revocation.</summary>
    STALE_REDEEM,

    /// <summary>One entitlement was spent twice.</summary>
    DOUBLE_REDEEM,

    /// <summary>An answer was judged at a revision older than a revocation of the same cell acknowledged before it was asked for, or than it asked for.</summary>
    OLD_REVISION,

    /// <summary>Allowed by a replica that could not reach the truth for longer than a lease; or a commit was reported where none can be.</summary>
    FAIL_OPEN,

    /// <summary>An entitlement was issued, and the database that survived has no audit record of it.</summary>
    LOST_AUDIT,

    /// <summary>An answer that no state of the world explains.</summary>
    BAD_DECISION,
}

/// <param name="At">Microseconds: when the answer was asked for.</param>
/// <param name="Staleness">Microseconds since the promise it breaks; 0 where there is none.</param>
internal sealed record Violation(Breach Breach, long At, string? Cell, int? Replica, long Staleness);

/// <summary>Milliseconds.</summary>
internal sealed record Latency(int Count, double P50, double P99, double Max)
{
    public static Latency Of(IEnumerable<Entry> calls)
    {
        var sorted = calls.Select(c => (c.T1 - c.T0) / 1000.0).Order().ToList();
        return sorted.Count == 0 ? new(0, 0, 0, 0) : new(sorted.Count, At(sorted, 0.50), At(sorted, 0.99), sorted[^1]);
    }

    private static double At(List<double> sorted, double share) => Math.Round(sorted[(int)Math.Ceiling(share * sorted.Count) - 1], 2);
}

/// <summary>What one history shows.</summary>
internal sealed record Findings
{
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Answers to questions begun after an acknowledged revocation and ended before the next grant of the cell was sent: only they can show a stale answer.</summary>
    public required int Probative { get; init; }

    /// <summary>Which of the probative answers, counted from 1, was the first stale one; null: none was.</summary>
    public required int? FirstFailure { get; init; }

    /// <summary>Microseconds from an acknowledgement to the nearest question after it.</summary>
    public required long? NearestProbe { get; init; }
    public required int Answers { get; init; }

    /// <summary>Denied though granted before the question was sent, and not yet being revoked.</summary>
    public required int FalseDenies { get; init; }

    /// <summary>Calls without an answer, or answered 5xx.</summary>
    public required int Unavailable { get; init; }

    /// <summary>Longest time, in milliseconds, in which no replica gave a decision.</summary>
    public required double LongestSilence { get; init; }

    /// <summary>Acknowledged attempts; <see cref="HealthyAcks"/> without those sent to a replica that was frozen, dead or cut off meanwhile.</summary>
    public required Latency Acks { get; init; }
    public required Latency HealthyAcks { get; init; }
    public required Latency Decisions { get; init; }

    /// <summary>Milliseconds from the end of a fault until the slowest replica allowed again; null: not measured.</summary>
    public required double? Recovery { get; init; }

    public int CountOf(Breach breach) => Violations.Count(v => v.Breach == breach);

    /// <summary>One line.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Probative} probative of {Answers} answers; violations: {Kinds()}; ack ms p50 {Acks.P50} p99 {Acks.P99} max {Acks.Max:F0} ({Acks.Count}); decision ms p50 {Decisions.P50} p99 {Decisions.P99} max {Decisions.Max:F0}; false denies {FalseDenies}; unavailable {Unavailable}; longest silence {LongestSilence:F0} ms; recovery {Recovery:F0} ms; first failure at {FirstFailure}"
        );

    private string Kinds() =>
        Violations.Count == 0 ? "none" : string.Join(", ", Violations.GroupBy(v => v.Breach).Select(g => FormattableString.Invariant($"{g.Key} {g.Count()}")));
}
