namespace Entitlements.Faults;

/// <summary>Judges a history, and nothing but the history: the same file gives the same findings at any time.</summary>
internal static class Analysis
{
    /// <summary>ρ: how much faster or slower two clocks may run.</summary>
    private const double ClockRate = 0.05;

    /// <summary>δ, in microseconds: the time between the end of a server's reach and our note of it.</summary>
    private const long Margin = 50_000;

    public static Findings Of(IReadOnlyList<Entry> history, TimeSpan lease)
    {
        var calls = history.Where(e => e.Kind is Kind.Check or Kind.Issue or Kind.Redeem).OrderBy(e => e.T0).ToList();
        var promises = history.Where(e => e.Cell is not null).OrderBy(e => e.T0).GroupBy(e => e.Cell!).ToDictionary(g => g.Key, g => new Promises([.. g]));
        var probative = calls
            .Where(IsAnswer)
            .Select(call => (Call: call, Promise: promises[call.Cell!].ClosedAll(call)))
            .Where(p => p.Promise is not null)
            .ToList();
        var first = probative.FindIndex(p => p.Call.Allowed);
        List<Violation> violations =
        [
            .. probative.Where(p => p.Call.Allowed).Select(p => Of(Stale(p.Call.Kind), p.Call, p.Promise!.From)),
            .. calls
                .Where(c => c.Allowed || c is { Kind: Kind.Check, Status: 200 })
                .Where(c => IsOld(c, promises[c.Cell!]))
                .Select(c => Of(Breach.OLD_REVISION, c)),
            .. DoubleRedeems(calls),
            .. FailedOpen(history, (long)(lease.TotalMicroseconds * (1 + ClockRate)) + Margin),
            .. LostAudits(history),
            .. calls.Where(IsBad).Select(c => Of(Breach.BAD_DECISION, c)),
        ];
        var away = history.Where(e => e.Kind is Kind.Absence or Kind.Outage).ToList();
        var acks = history.Where(e => e.Acknowledged).ToList();
        var decided = calls.Where(c => c is { Kind: Kind.Check, Status: 200 }).ToList();
        return new Findings
        {
            Violations = violations,
            Probative = probative.Count,
            FirstFailure = first < 0 ? null : first + 1,
            NearestProbe = probative.Count == 0 ? null : probative.Min(p => p.Call.T0 - p.Promise!.From),
            Answers = calls.Count(IsAnswer),
            FalseDenies = decided.Count(c => !c.Allowed && (c.Cell == World.Steady.ToString() || promises[c.Cell!].OpenAll(c))),
            Unavailable = calls.Count(c => c.Status is 0 or >= 500),
            LongestSilence = Silence(decided),
            Acks = Latency.Of(acks),
            HealthyAcks = Latency.Of(acks.Where(a => !away.Exists(o => Covers(o, a.Replica) && o.T0 < a.T1 && a.T0 < o.T1))),
            Decisions = Latency.Of(decided),
            Recovery = history.Where(e => e.Kind == Kind.Recovered).Select(e => (double?)((e.T1 - e.T0) / 1000.0)).Max(),
        };
    }

    private static Violation Of(Breach breach, Entry call, long promised = -1) =>
        new(breach, call.T0, call.Cell, call.Replica, promised < 0 ? 0 : call.T0 - promised);

    private static Breach Stale(Kind kind) =>
        kind switch
        {
            Kind.Issue => Breach.STALE_ISSUE,
            Kind.Redeem => Breach.STALE_REDEEM,
            _ => Breach.STALE_ALLOW,
        };

    /// <summary>The product said yes or no; anything else is unavailability.</summary>
    private static bool IsAnswer(Entry call) =>
        call.Kind switch
        {
            Kind.Check => call is { Status: 200, Decision: not null },
            Kind.Issue => call.Status is 201 or 403,
            _ => call.Status is 201 or 409 or 410,
        };

    private static bool IsOld(Entry call, Promises promises) =>
        call.Revision is { } revision && (revision < call.MinRevision || revision < promises.LastClosed(call)?.Revision);

    private static IEnumerable<Violation> DoubleRedeems(IEnumerable<Entry> calls) =>
        calls.Where(c => c is { Kind: Kind.Redeem, Status: 201 }).GroupBy(c => c.Key).SelectMany(g => g.Skip(1)).Select(c => Of(Breach.DOUBLE_REDEEM, c));

    private static IEnumerable<Violation> FailedOpen(IReadOnlyList<Entry> history, long patience)
    {
        foreach (var outage in history.Where(e => e.Kind == Kind.Outage))
        {
            foreach (var call in history.Where(e => e.T1 < outage.T1 && Covers(outage, e.Replica)))
            {
                var commits = call.Acknowledged || call is { Kind: Kind.Issue or Kind.Redeem, Status: 201 } or { Kind: Kind.Grant, Status: 200 };
                if ((call is { Kind: Kind.Check, Allowed: true } && call.T0 > outage.T0 + patience) || (outage.Writes && commits && call.T0 > outage.T0))
                {
                    yield return Of(Breach.FAIL_OPEN, call, outage.T0);
                }
            }
        }
    }

    private static IEnumerable<Violation> LostAudits(IReadOnlyList<Entry> history)
    {
        var kept = history.Where(e => e.Kind == Kind.Audited).Select(e => e.Key).ToHashSet();
        var issued = history.Where(e => e is { Kind: Kind.Issue, Status: 201 });
        return issued
            .Where(e => kept.Count > 0 && !kept.Contains(e.Key)) // no record at all: the log was not read
            .Concat(history.Where(e => e.Kind == Kind.Unaudited))
            .Select(e => Of(Breach.LOST_AUDIT, e));
    }

    private static bool IsBad(Entry call) =>
        (call is { Kind: Kind.Check, Status: 200, Decision: null })
        || (call is { Kind: Kind.Check, Status: not 200, Decision: not null })
        || (call.Allowed && call.Cell == World.Never.ToString());

    private static bool Covers(Entry outage, int? replica) => replica is { } index && outage.Replicas!.Contains(index);

    private static double Silence(List<Entry> decided)
    {
        var ends = decided.Select(d => d.T1).Order().ToList();
        return ends.Zip(ends.Skip(1), (a, b) => (b - a) / 1000.0).DefaultIfEmpty(0).Max();
    }
}
