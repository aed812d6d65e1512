namespace Entitlements.Faults;

/// <summary>What was promised about one cell: from when to when it was certainly closed, and when certainly open.</summary>
internal sealed class Promises
{
    /// <summary>Closed from the moment the acknowledgement was read until the next grant was sent.</summary>
    /// <param name="Revision">Of the revocation.</param>
    public sealed record Closed(long From, long Until, long? Revision);

    private readonly List<Closed> _closed = [];
    private readonly List<(long From, long Until)> _open = [];

    /// <param name="entries">All of one cell, in order of T0.</param>
    public Promises(IReadOnlyList<Entry> entries)
    {
        // attempts with one key are one act: one that had no answer may still act later, unless another attempt with its key was answered
        var grants = Acts(entries, Kind.Grant);
        var revokes = Acts(entries, Kind.Revoke);
        foreach (var ack in entries.Where(e => e.Acknowledged))
        {
            var act = revokes.Single(r => r.Key == ack.Key);
            if (!grants.Exists(g => g.Sent < ack.T1 && g.Settled > act.Sent))
            {
                _closed.Add(new(ack.T1, Next(grants, ack.T1), ack.Revision));
            }
        }
        foreach (var grant in grants.Where(g => g.Succeeded && !revokes.Exists(r => r.Sent < g.Settled && r.Settled > g.Sent)))
        {
            _open.Add((grant.Settled, Next(revokes, grant.Settled)));
        }
    }

    /// <summary>The promise that covers the whole call: it was begun after the acknowledgement and ended before the next grant.</summary>
    public Closed? ClosedAll(Entry call) => _closed.FindLast(c => c.From < call.T0) is { } last && call.T1 < last.Until ? last : null;

    /// <summary>The last revocation that was acknowledged before the call began, whatever came after it.</summary>
    public Closed? LastClosed(Entry call) => _closed.FindLast(c => c.From < call.T0);

    public bool OpenAll(Entry call) => _open.Exists(o => o.From < call.T0 && call.T1 < o.Until);

    private static long Next(List<Act> acts, long after) => acts.Where(a => a.Sent >= after).Select(a => a.Sent).DefaultIfEmpty(long.MaxValue).Min();

    private static List<Act> Acts(IEnumerable<Entry> entries, Kind kind) =>
        [
            .. entries
                .Where(e => e.Kind == kind)
                .GroupBy(e => e.Key)
                .Select(attempts => new Act(attempts.Key, attempts.Min(a => a.T0), SettledAt([.. attempts]), attempts.Any(a => a.Status == 200))),
        ];

    /// <summary>From when on no attempt can act any more: the first success, for later ones repeat its answer; or all were refused.</summary>
    private static long SettledAt(List<Entry> attempts) =>
        attempts.Exists(a => a.Status == 200) ? attempts.Where(a => a.Status == 200).Min(a => a.T1)
        : attempts.TrueForAll(a => a.Status is >= 400 and < 500) ? attempts.Max(a => a.T1)
        : long.MaxValue;

    private sealed record Act(string? Key, long Sent, long Settled, bool Succeeded);
}
