using System.Globalization;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Audit;

/// <summary>What a search of the log is narrowed to, as it was sent; null narrows nothing.</summary>
/// <param name="Kind">A kind, or the beginning of several, with its last dot.</param>
/// <param name="Actor">As events tell it, or what stands after its last bar: a person's or a client's own id.</param>
/// <param name="Target">As events tell it: that, and all that stands under it.</param>
/// <param name="From">First instant, RFC 3339.</param>
/// <param name="To">First instant that is too late, RFC 3339.</param>
internal sealed partial record AuditFilter(string? Kind, string? Actor, string? Target, string? From, string? To)
{
    private const int Longest = 512;

    /// <summary>What is wrong, by JSON pointer to the parameter.</summary>
    public IEnumerable<(string Pointer, string Error)> Faults()
    {
        if (Kind is not null && !KindPattern().IsMatch(Kind))
        {
            yield return ("/kind", "is a kind, for instance entitlement.issued, or the beginning of several that ends in a dot");
        }
        foreach (var (pointer, text) in new[] { ("/actor", Actor), ("/target", Target) })
        {
            if (text is not null && (text.Length is 0 or > Longest || text.Any(char.IsControl)))
            {
                yield return (pointer, FormattableString.Invariant($"must be 1 to {Longest} characters on one line"));
            }
        }
        foreach (var (pointer, text) in new[] { ("/from", From), ("/to", To) })
        {
            if (text is not null && Instant(text) is null)
            {
                yield return (pointer, "must be an instant, for instance 2026-12-01T17:00:00Z");
            }
        }
        if (Instant(From) >= Instant(To))
        {
            yield return ("/to", "must be later than from");
        }
    }

    /// <summary>True where every event of the time is wanted.</summary>
    public bool IsOfTimeAlone => Kind is null && Actor is null && Target is null;

    public IQueryable<AuditEventRow> InTime(IQueryable<AuditEventRow> rows)
    {
        var (from, to) = (Instant(From)?.Cut(), Instant(To)?.Cut());
        return rows.Where(a => (from == null || a.At >= from) && (to == null || a.At < to));
    }

    /// <summary>By kind anything; by name only what is told.</summary>
    public IQueryable<SeenEvent> Matching(IQueryable<SeenEvent> events)
    {
        if (Kind is { } kind)
        {
            events = kind.EndsWith('.') ? events.Where(e => e.Row.Kind.StartsWith(kind)) : events.Where(e => e.Row.Kind == kind);
        }
        if (Actor is { } actor)
        {
            var own = "|" + actor;
            events = events.Where(e => (e.Row.Actor == actor || e.Row.Actor.EndsWith(own)) && e.IsTold);
        }
        if (Target is { } target)
        {
            var under = target + "/";
            events = events.Where(e => (e.Row.Target == target || e.Row.Target.StartsWith(under)) && (e.IsTold || e.IsTargetTold));
        }
        return events;
    }

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var at
        )
            ? at.ToUniversalTime()
            : null;

    [GeneratedRegex("^[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)*\\.?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KindPattern();
}
