using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;

namespace Entitlements.Gateway.Rotas;

/// <summary>Shifts as a calendar (iCalendar, RFC 5545): each event's attendees are on duty for as long as it lasts, each time it recurs.</summary>
/// <remarks>The library reads and expands; which events are shifts, and what a clock on a wall means, is said here.</remarks>
internal static class ShiftCalendar
{
    /// <summary>Days on which the series of one file are looked at, all together: what the library may be kept busy with.</summary>
    private const double MostSteps = 1_000_000;

    private static readonly EvaluationOptions Limits = new() { MaxUnmatchedIncrementsLimit = 20_000 };

    /// <exception cref="Changes.RefusedException">400, by line.</exception>
    public static SaidShifts Read(string text, TimeZoneInfo zone, Window window)
    {
        var file = CalendarFile.Read(text);
        var calendars = Load(file);
        var steps = 0.0;
        foreach (var shift in calendars.SelectMany(c => c.Events))
        {
            Check(file, shift, window, ref steps);
        }
        if (calendars.Any(c => string.Equals(c.Method, "CANCEL", StringComparison.OrdinalIgnoreCase)))
        {
            throw FeedBounds.Fault("", "must be a whole calendar, not the cancellation of events");
        }
        var (shifts, skipped) = (new List<SaidShift>(), new HashSet<CalendarEvent>());
        foreach (var occurrence in calendars.SelectMany(c => Expand(file, c, window)))
        {
            var source = (CalendarEvent)occurrence.Source;
            var (from, until) = SpanOf(file, source, occurrence.Period, zone);
            if (!window.Meets(from, until))
            {
                continue;
            }
            var people = IsShift(source) && until > from ? source.Attendees.Where(IsOnIt).ToList() : [];
            if (people.Count == 0)
            {
                skipped.Add(source);
            }
            if (FeedBounds.SpanFault(from, until) is { } fault && until > from)
            {
                throw FeedBounds.Fault(file.WhereIs(source.Uid), fault);
            }
            shifts.AddRange(people.Select(p => new SaidShift(AddressOf(p), IsAddress: true, from, until, file.WhereIs(source.Uid))));
            if (shifts.Count > FeedBounds.MostShifts)
            {
                throw FeedBounds.TooMany();
            }
        }
        return new(shifts, skipped.Count);
    }

    private static IList<Calendar> Load(CalendarFile file)
    {
        if (TryLoad(file.Text) is { } calendars)
        {
            return calendars;
        }
        var broken = file.Events.Find(e => TryLoad($"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{e.Text}END:VCALENDAR\r\n") is null);
        throw FeedBounds.Fault(broken.Text is null ? "" : CalendarFile.At(broken.Line), "cannot be read (RFC 5545)");
    }

    private static IList<Calendar>? TryLoad(string text)
    {
        try
        {
            return Calendar.Load<Calendar>(text);
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            return null;
        }
    }

    /// <summary>The library has no one exception for a file that is none; what it throws while it reads is about the file.</summary>
    private static bool IsOfTheFile(Exception fault) => fault is not (OutOfMemoryException or ThreadInterruptedException);

    private static void Check(CalendarFile file, CalendarEvent shift, Window window, ref double steps)
    {
        var where = file.WhereIs(shift.Uid);
        if (shift.DtStart is not { } start)
        {
            throw FeedBounds.Fault(where, "has a DTSTART that cannot be read");
        }
        if (!IsInAKnownZone(start) || !IsInAKnownZone(shift.DtEnd))
        {
            throw FeedBounds.Fault(where, "has a time zone that is known neither to IANA nor to Windows");
        }
        if (shift.RecurrenceIdentifier?.Range == RecurrenceRange.ThisAndFuture)
        {
            throw FeedBounds.Fault(where, "alters all that follow (RANGE=THISANDFUTURE): split the series instead");
        }
#pragma warning disable CS0618 // both are refused: the library still expands them
        if (shift.ExceptionRules.Count > 0 || shift.RecurrenceRules.Count > 1)
        {
            throw FeedBounds.Fault(where, "has EXRULE, or RRULE twice");
        }
#pragma warning restore CS0618
        if (shift.RecurrenceRule is not { } rule)
        {
            return;
        }
        if (rule.Frequency is FrequencyType.Secondly or FrequencyType.Minutely or FrequencyType.Hourly)
        {
            throw FeedBounds.Fault(where, "must recur daily or less often");
        }
        steps += Math.Max(1, (window.Until.UtcDateTime - start.Value).TotalDays) * Many(rule.ByHour) * Many(rule.ByMinute) * Many(rule.BySecond);
        if (steps > MostSteps)
        {
            throw FeedBounds.Fault(where, "recurs more often, or since longer, than can be looked at");
        }
    }

    private static bool IsInAKnownZone(CalDateTime? time)
    {
        try
        {
            return time is null || time.IsFloating || time.AsUtc > DateTime.MinValue;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static int Many(List<int> parts) => Math.Max(1, parts.Count);

    private static List<Occurrence> Expand(CalendarFile file, Calendar calendar, Window window)
    {
        if (TryExpand(calendar.GetOccurrences<CalendarEvent>, window) is { } occurrences)
        {
            return occurrences;
        }
        var broken = calendar.Events.FirstOrDefault(e => TryExpand(e.GetOccurrences, window) is null);
        throw FeedBounds.Fault(file.WhereIs(broken?.Uid), "has a duration, an end or a recurrence that cannot be worked out");
    }

    private static List<Occurrence>? TryExpand(Func<CalDateTime, EvaluationOptions, IEnumerable<Occurrence>> expand, Window window)
    {
        var from = new CalDateTime((window.From - ShiftRow.Longest - TimeSpan.FromDays(1)).UtcDateTime, CalDateTime.UtcTzId);
        var until = new CalDateTime(window.Until.AddDays(1).UtcDateTime, CalDateTime.UtcTzId);
        try
        {
            return [.. expand(from, Limits).TakeWhileBefore(until).Take(2 * FeedBounds.MostShifts)];
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            return null;
        }
    }

    /// <summary>Free time, and what is not settled, is nobody's duty.</summary>
    private static bool IsShift(CalendarEvent shift) =>
        (shift.Status is null || string.Equals(shift.Status, EventStatus.Confirmed, StringComparison.OrdinalIgnoreCase))
        && !string.Equals(shift.Transparency, TransparencyType.Transparent, StringComparison.OrdinalIgnoreCase);

    private static bool IsOnIt(Attendee attendee) =>
        AddressOf(attendee).Length > 0
        && !string.Equals(attendee.ParticipationStatus, "DECLINED", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(attendee.Role, "NON-PARTICIPANT", StringComparison.OrdinalIgnoreCase);

    private static string AddressOf(Attendee attendee) =>
        attendee.Value is { IsAbsoluteUri: true, Scheme: "mailto" } address ? Uri.UnescapeDataString(address.OriginalString["mailto:".Length..]) : "";

    private static (DateTimeOffset From, DateTimeOffset Until) SpanOf(CalendarFile file, CalendarEvent shift, Period period, TimeZoneInfo zone)
    {
        try
        {
            return (InstantOf(period.StartTime, zone), EndOf(shift, period, zone));
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            throw FeedBounds.Fault(file.WhereIs(shift.Uid), "has a time that cannot be worked out");
        }
    }

    /// <summary>
    /// The clock on the wall says when a shift with an end is over: from 22:00 to 06:00 is 9 hours in the night in which clocks go back. The library would
    /// make all of a series as long as the first, as RFC 5545 §3.8.5.3 has it, and nobody's roster is meant so. One with a DURATION lasts just that.
    /// </summary>
    private static DateTimeOffset EndOf(CalendarEvent shift, Period period, TimeZoneInfo zone)
    {
        var start = period.StartTime;
        if (
            shift.DtEnd is { } end
            && end.TzId == shift.DtStart!.TzId
            && end.HasTime == start.HasTime
            && shift.RecurrenceDates.GetAllPeriods().FirstOrDefault() is null
        )
        {
            var rule = shift.RecurrenceRule;
            var wall =
                rule is null ? end.Value
                : rule.ByHour.Count + rule.ByMinute.Count + rule.BySecond.Count == 0 ? start.Value.Date + (end.Value - shift.DtStart.Value.Date)
                : start.Value + (end.Value - shift.DtStart.Value);
            return InstantOf(new CalDateTime(wall, start.TzId, end.HasTime), zone);
        }
        if (start.IsFloating && start.HasTime && shift.Duration is { } lasting)
        {
            var days = (7 * (lasting.Weeks ?? 0)) + (lasting.Days ?? 0);
            var time = new TimeSpan(lasting.Hours ?? 0, lasting.Minutes ?? 0, lasting.Seconds ?? 0);
            return WallClock.InstantOf(start.Value.AddDays(lasting.Sign * days), zone) + (lasting.Sign * time);
        }
        return InstantOf(period.EffectiveEndTime ?? start, zone);
    }

    /// <summary>Floating times and days are by the rota's clock.</summary>
    private static DateTimeOffset InstantOf(CalDateTime time, TimeZoneInfo zone) =>
        time.IsFloating || !time.HasTime ? WallClock.InstantOf(time.Value, zone) : new DateTimeOffset(time.AsUtc, TimeSpan.Zero);
}
