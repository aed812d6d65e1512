using System.Text;

namespace Entitlements.Gateway.Rotas;

/// <summary>
/// A look over an iCalendar file before the library reads it: finds the lines that faults are told by, and what would keep the library busy for hours.
/// Source: RFC 5545 §3.1.
/// </summary>
internal sealed class CalendarFile
{
    private const int LongestLine = 32_768;
    private const int LongestRule = 1_000;
    private const int Deepest = 4;

    /// <summary>Dates set in or out of series, of one file.</summary>
    private const int MostDates = 2_000;

    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    private CalendarFile(string text) => Text = text;

    public string Text { get; }

    /// <summary>The texts of its events with the line that each begins at.</summary>
    public List<(int Line, string Text)> Events { get; } = [];

    /// <exception cref="Changes.RefusedException">400.</exception>
    public static CalendarFile Read(string text)
    {
        var file = new CalendarFile(text);
        file.Scan();
        return file;
    }

    /// <summary>Where the first event of that uid begins.</summary>
    public string WhereIs(string? uid) => uid is not null && _lines.TryGetValue(uid, out var line) ? At(line) : "";

    public static string At(int line) => FormattableString.Invariant($"line {line}");

    private void Scan()
    {
        var (depth, dates, calendars) = (0, 0, 0);
        Event? open = null;
        foreach (var (number, line) in Unfolded())
        {
            if (line.Length > LongestLine)
            {
                throw FeedBounds.Fault(At(number), FormattableString.Invariant($"must be at most {LongestLine} characters, unfolded"));
            }
            var name = NameOf(line);
            depth += Is(name, "BEGIN") ? 1 : 0;
            calendars += Is(line, "BEGIN:VCALENDAR") ? 1 : 0;
            if (calendars == 0 || depth > Deepest)
            {
                throw FeedBounds.Fault(At(number), calendars == 0 ? "must be BEGIN:VCALENDAR (RFC 5545)" : "is nested too deep");
            }
            if (Is(line, "BEGIN:VEVENT"))
            {
                open = new(number, depth);
            }
            open?.Text.Append(line).Append("\r\n");
            dates += IsDates(name) ? line.Count(c => c == ',') + 1 : 0;
            if (dates > MostDates || (Is(name, "RRULE") && line.Length > LongestRule))
            {
                throw FeedBounds.Fault(At(number), "is more than a rota's calendar needs");
            }
            if (open?.Depth == depth)
            {
                open.Note(name, line);
            }
            if (Is(line, "END:VEVENT") && open is not null)
            {
                Close(open);
                open = null;
            }
            depth -= Is(name, "END") ? 1 : 0;
        }
        if (calendars == 0)
        {
            throw FeedBounds.Fault("", "is no iCalendar file (RFC 5545)");
        }
    }

    private void Close(Event closed)
    {
        if (!closed.HasStart)
        {
            throw FeedBounds.Fault(At(closed.Line), "is an event without DTSTART");
        }
        if (closed.Uid is { } uid)
        {
            _lines.TryAdd(uid, closed.Line);
        }
        Events.Add((closed.Line, closed.Text.ToString()));
    }

    /// <summary>Lines put together again, each with the number of its first; empty ones left out.</summary>
    private IEnumerable<(int Number, string Line)> Unfolded()
    {
        using var reader = new StringReader(Text);
        var (number, begun) = (0, 0);
        var line = new StringBuilder();
        while (reader.ReadLine() is { } read)
        {
            number++;
            if (read.StartsWith(' ') || read.StartsWith('\t'))
            {
                line.Append(read.AsSpan(1));
                continue;
            }
            if (line.Length > 0)
            {
                yield return (begun, line.ToString());
            }
            line.Clear().Append(read.TrimStart('\ufeff'));
            begun = number;
        }
        if (line.Length > 0)
        {
            yield return (begun, line.ToString());
        }
    }

    private static string NameOf(string line) => line.IndexOfAny([':', ';']) is > 0 and var end ? line[..end] : line;

    private static bool IsDates(string name) => Is(name, "EXDATE") || Is(name, "RDATE");

    private static bool Is(string text, string other) => text.AsSpan().TrimEnd().Equals(other, StringComparison.OrdinalIgnoreCase);

    private sealed class Event(int line, int depth)
    {
        public int Line { get; } = line;
        public StringBuilder Text { get; } = new();
        public string? Uid { get; private set; }
        public bool HasStart { get; private set; }

        /// <summary>Of its own lines, not those of its alarms.</summary>
        public int Depth { get; } = depth;

        public void Note(string name, string line)
        {
            HasStart |= Is(name, "DTSTART");
            Uid = Is(name, "UID") && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? line[(colon + 1)..] : Uid;
        }
    }
}
