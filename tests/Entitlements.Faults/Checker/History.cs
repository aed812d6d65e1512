using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Entitlements.Faults;

/// <summary>What an <see cref="Entry"/> tells of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Kind>))]
internal enum Kind
{
    /// <summary>A decision was asked for.</summary>
    Check,

    /// <summary>An entitlement was asked for; <see cref="Entry.Key"/> is its id.</summary>
    Issue,

    /// <summary>An entitlement was to be spent; <see cref="Entry.Key"/> is its id.</summary>
    Redeem,

    /// <summary>The role was assigned; <see cref="Entry.Key"/> is the idempotency key.</summary>
    Grant,

    /// <summary>Something was taken away: an assignment, or the whole app.</summary>
    Revoke,

    /// <summary>From T0 to T1 the <see cref="Entry.Replicas"/> could not reach the truth.</summary>
    Outage,

    /// <summary>From T0 to T1 the <see cref="Entry.Replicas"/> did not run, or were frozen.</summary>
    Absence,

    /// <summary>After the run the surviving primary has the audit record of issuing <see cref="Entry.Key"/>.</summary>
    Audited,

    /// <summary>After the run the surviving primary has entitlement <see cref="Entry.Key"/> without an audit record.</summary>
    Unaudited,

    /// <summary>After the fault a replica allowed again; T1 − T0 is how long that took.</summary>
    Recovered,
}

/// <summary>One call, or one thing that happened, on the one clock.</summary>
internal sealed record Entry
{
    public required Kind Kind { get; init; }

    /// <summary>Microseconds since the checker began: before the first byte was sent.</summary>
    public required long T0 { get; init; }

    /// <summary>Microseconds since the checker began: after the last byte was read, or when the checker gave up.</summary>
    public required long T1 { get; init; }

    public string? Cell { get; init; }

    /// <summary>Which replica answered; null: not known.</summary>
    public int? Replica { get; init; }

    /// <summary>0: no answer.</summary>
    public int Status { get; init; }
    public bool? Decision { get; init; }
    public long? Revision { get; init; }
    public long? MinRevision { get; init; }
    public bool? Effective { get; init; }
    public string? Key { get; init; }

    /// <summary>Why there is no answer.</summary>
    public string? Error { get; init; }

    /// <summary>Of an outage: which replicas.</summary>
    public IReadOnlyList<int>? Replicas { get; init; }

    /// <summary>Of an outage: no commit can succeed either.</summary>
    public bool Writes { get; init; }

    [JsonIgnore]
    public bool Allowed => this is { Kind: Kind.Check, Status: 200, Decision: true } or { Kind: Kind.Issue or Kind.Redeem, Status: 201 };

    /// <summary>A revocation that its caller was told to be in force.</summary>
    [JsonIgnore]
    public bool Acknowledged => this is { Kind: Kind.Revoke, Status: 200, Effective: true };
}

/// <summary>Everything that happened in one run, as one JSON object a line.</summary>
internal sealed class History
{
    private static readonly JsonSerializerOptions Lines = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<Entry> _entries = [];

    /// <summary>Microseconds on CLOCK_MONOTONIC since this history began.</summary>
    public long Now() => (long)Stopwatch.GetElapsedTime(_start).TotalMicroseconds;

    public Entry Add(Entry entry)
    {
        _entries.Enqueue(entry);
        return entry;
    }

    public IReadOnlyList<Entry> Entries() => [.. _entries.OrderBy(e => e.T0)];

    public Task WriteAsync(string file) => File.WriteAllLinesAsync(file, Entries().Select(entry => JsonSerializer.Serialize(entry, Lines)));

    public static IReadOnlyList<Entry> Read(string file) => [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<Entry>(line, Lines)!)];
}
