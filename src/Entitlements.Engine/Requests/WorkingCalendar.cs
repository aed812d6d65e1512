using System.Collections.Immutable;

namespace Entitlements.Engine.Requests;

/// <summary>When a force works: hours of each weekday by the clock on its wall, and days on which nobody does. Pure: the zone's rules come with it.</summary>
public sealed class WorkingCalendar
{
    /// <summary>No sum of working hours goes further than this: a calendar that is all holidays has no end.</summary>
    private const int MostDays = 3_660;

    private readonly TimeZoneInfo? _zone;
    private readonly ImmutableArray<WorkingHours> _hours;
    private readonly ImmutableHashSet<DateOnly> _holidays;

    /// <param name="zone">The clock on the wall.</param>
    /// <param name="hours">Any number for a weekday, in any order; they may touch but not overlap.</param>
    /// <param name="holidays">Days by that clock.</param>
    public WorkingCalendar(TimeZoneInfo zone, IEnumerable<WorkingHours> hours, IEnumerable<DateOnly> holidays)
    {
        _zone = zone;
        _hours = [.. hours.OrderBy(h => h.From)];
        _holidays = [.. holidays];
    }

    private WorkingCalendar()
    {
        _hours = [];
        _holidays = [];
    }

    /// <summary>Works around the clock: for what is urgent.</summary>
    public static WorkingCalendar AroundTheClock { get; } = new();

    /// <summary>The instant at which <paramref name="working"/> time has passed since <paramref name="from"/>, UTC.</summary>
    /// <returns>Where the calendar has no such working time in ten years: ten years later.</returns>
    /// <remarks>Hours that a clock change skips are not worked, those that it repeats are worked twice.</remarks>
    public DateTimeOffset After(DateTimeOffset from, TimeSpan working)
    {
        if (_zone is null)
        {
            return from + working;
        }
        var left = working;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, _zone).DateTime);
        for (var day = today; day < today.AddDays(MostDays); day = day.AddDays(1))
        {
            foreach (var (opens, shuts) in OpenOn(day, _zone))
            {
                var begins = opens > from ? opens : from;
                if (shuts - begins >= left)
                {
                    return begins + left;
                }
                left -= shuts > begins ? shuts - begins : TimeSpan.Zero;
            }
        }
        return from.AddDays(MostDays);
    }

    private IEnumerable<(DateTimeOffset Opens, DateTimeOffset Shuts)> OpenOn(DateOnly day, TimeZoneInfo zone) =>
        _holidays.Contains(day) ? [] : _hours.Where(h => h.Day == day.DayOfWeek).Select(h => (InstantOf(day, h.From, zone), InstantOf(day, h.Until, zone)));

    /// <summary>A wall clock's time as an instant: the first of two where it is repeated, the end of the gap where it is skipped.</summary>
    private static DateTimeOffset InstantOf(DateOnly day, TimeSpan timeOfDay, TimeZoneInfo zone)
    {
        var wall = day.ToDateTime(TimeOnly.MinValue) + timeOfDay;
        while (zone.IsInvalidTime(wall))
        {
            wall += TimeSpan.FromMinutes(1);
        }
        var offset = zone.IsAmbiguousTime(wall) ? zone.GetAmbiguousTimeOffsets(wall).Max() : zone.GetUtcOffset(wall);
        return new DateTimeOffset(wall, offset).ToUniversalTime();
    }
}

/// <summary>Hours of one weekday by the clock on the wall.</summary>
/// <param name="From">0 to 24 h after midnight.</param>
/// <param name="Until">Later than <paramref name="From"/>, at most 24 h.</param>
public readonly record struct WorkingHours(DayOfWeek Day, TimeSpan From, TimeSpan Until);
