using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Accreditations;

/// <summary>An accreditation as it will stand.</summary>
/// <param name="Subject">The person's row.</param>
internal sealed record Said(long Subject, string Accreditation, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string? Reference, bool Ended);

/// <summary>What a report changes of what its source said before. Pure: rows and report in, changes out.</summary>
/// <param name="Written">New or other than before.</param>
/// <param name="Dropped">Rows that a full report leaves out.</param>
/// <param name="Added">How many of <paramref name="Written"/> were not held, now or later, before.</param>
/// <param name="Standing">How many were held, now or later, before.</param>
/// <param name="Lost">How many of those are not any more: left out, ended, or put off.</param>
/// <param name="Narrows">Somebody may lose by it.</param>
internal sealed record FeedDifference(IReadOnlyList<Said> Written, IReadOnlyList<AccreditationRow> Dropped, int Added, int Standing, int Lost, bool Narrows)
{
    public bool IsNone => Written.Count == 0 && Dropped.Count == 0;

    /// <param name="earliest">What begins now begins here: no replica is earlier.</param>
    public static FeedDifference Between(
        IReadOnlyCollection<AccreditationRow> before,
        IReadOnlyCollection<(long Subject, FeedItem Item)> report,
        FeedMode mode,
        DateTimeOffset earliest,
        DateTimeOffset now
    )
    {
        var rows = before.ToDictionary(r => (r.SubjectKey, r.Accreditation));
        var written = new List<Said>();
        var (added, lost, narrows) = (0, 0, false);
        foreach (var (subject, item) in report)
        {
            rows.Remove((subject, item.Accreditation.Value), out var row);
            var standing = row is not null && IsStanding(row, now);
            var said = SaidBy(subject, item, standing ? row : null, earliest, now);
            if (row is not null && IsSame(row, said))
            {
                continue;
            }
            written.Add(said);
            added += standing || said.Ended ? 0 : 1;
            lost += standing && (said.Ended || (said.NotBefore > now && row!.NotBefore <= now)) ? 1 : 0;
            narrows |= standing && (said.Ended || said.NotAfter < row!.NotAfter || said.NotBefore > row.NotBefore);
        }
        List<AccreditationRow> dropped = mode == FeedMode.Full ? [.. rows.Values.Where(r => IsStanding(r, now))] : [];
        return new(written, dropped, added, before.Count(r => IsStanding(r, now)), lost + dropped.Count, narrows || dropped.Count > 0);
    }

    /// <summary>Held now or later.</summary>
    public static bool IsStanding(AccreditationRow row, DateTimeOffset now) => !row.Ended && row.NotAfter > now;

    private static Said SaidBy(long subject, FeedItem item, AccreditationRow? standing, DateTimeOffset earliest, DateTimeOffset now)
    {
        var until = item.NotAfter.Cut();
        var from = item.NotBefore?.Cut() ?? standing?.NotBefore ?? earliest;
        return new(
            subject,
            item.Accreditation.Value,
            from < until ? from : until.AddMicroseconds(-1), // it is over, and nobody said since when it was held
            until,
            item.Reference,
            until <= now // what an act ends is ended by a state: clocks differ
        );
    }

    private static bool IsSame(AccreditationRow row, Said said) =>
        row.NotBefore == said.NotBefore && row.NotAfter == said.NotAfter && row.Ended == said.Ended && row.Reference == said.Reference;
}
