using CsvHelper;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Rotas;

/// <summary>Shifts as a table: JSON, or CSV (RFC 4180) with the header <c>subject,from,until</c>.</summary>
internal static class ShiftTable
{
    private static readonly string[] Columns = ["subject", "from", "until"];

    /// <exception cref="Changes.RefusedException">400 with every row that cannot be read.</exception>
    public static SaidShifts OfJson(ShiftsBody body, TimeZoneInfo zone) =>
        body.Shifts.Count > FeedBounds.MostShifts
            ? throw FeedBounds.TooMany()
            : Read(body.Shifts.Select((s, i) => (s.Subject.Value, s.From, s.Until, FormattableString.Invariant($"/shifts/{i}"))), "/", zone);

    /// <exception cref="Changes.RefusedException">400 with every line that cannot be read.</exception>
    public static SaidShifts OfCsv(ReadOnlyMemory<byte> utf8, TimeZoneInfo zone)
    {
        var rows = new List<(string, string, string, string)>();
        try
        {
            using var csv = TextBodies.OpenCsv(utf8);
            csv.ReadHeader();
            if (!csv.Headers.SequenceEqual(Columns))
            {
                throw FeedBounds.Fault("line 1", "must be the header subject,from,until");
            }
            while (csv.Read())
            {
                if (rows.Count == FeedBounds.MostShifts)
                {
                    throw FeedBounds.TooMany();
                }
                var line = FormattableString.Invariant($"line {csv.LineNumber}");
                rows.Add(csv.FieldCount == Columns.Length ? (csv.GetString(0), csv.GetString(1), csv.GetString(2), line) : ("", "", "", line));
            }
        }
        catch (CsvFormatException fault)
        {
            throw FeedBounds.Fault(FormattableString.Invariant($"line {Math.Max(fault.LineNumber, 1)}"), "is not CSV (RFC 4180)");
        }
        return Read(rows, " ", zone);
    }

    private static SaidShifts Read(IEnumerable<(string Who, string From, string Until, string Where)> rows, string separator, TimeZoneInfo zone)
    {
        var shifts = new List<SaidShift>();
        var faults = new List<(string, string)>();
        foreach (var (who, from, until, where) in rows)
        {
            var isId = OpaqueId.IsValid(who);
            var begins = WallClock.TryRead(from, zone, out var begin);
            var ends = WallClock.TryRead(until, zone, out var end);
            foreach (var (name, isRight) in new[] { ("subject", isId), ("from", begins), ("until", ends) })
            {
                if (!isRight)
                {
                    faults.Add(
                        (where + separator + name, name == "subject" ? "must be a subject's id" : "must be a time: 2026-10-24T22:00, or with its offset")
                    );
                }
            }
            if (begins && ends && FeedBounds.SpanFault(begin, end) is { } fault)
            {
                faults.Add((where + separator + "until", fault));
            }
            shifts.Add(new(who, IsAddress: false, begin, end, where));
        }
        return faults.Count == 0 ? new(shifts, 0) : throw FeedBounds.Faults(faults);
    }
}

/// <summary>Shifts as JSON.</summary>
internal sealed record ShiftsBody
{
    /// <summary>At most 10,000.</summary>
    public required IReadOnlyList<ShiftBody> Shifts { get; init; }
}

/// <param name="Subject">Of the tenant's home issuer.</param>
/// <param name="From">By the rota's clock (<c>2026-10-24T22:00</c>), or with <c>Z</c> or an offset.</param>
/// <param name="Until">First moment no longer on duty, in the same way.</param>
internal sealed record ShiftBody(OpaqueId Subject, string From, string Until);
