using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Tests.Requests;

public sealed class WorkingCalendarTests
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");
    private static readonly DayOfWeek[] Weekdays = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];

    private static readonly WorkingCalendar Office = new(
        London,
        Weekdays.Select(day => new WorkingHours(day, TimeSpan.FromHours(9), TimeSpan.FromHours(17))),
        [new DateOnly(2026, 12, 25), new DateOnly(2026, 12, 28)]
    );

    [Theory]
    [InlineData("2026-11-24T10:00:00Z", 4, "2026-11-24T14:00:00Z")] // within the day
    [InlineData("2026-11-24T10:00:00Z", 7, "2026-11-24T17:00:00Z")] // to its very end
    [InlineData("2026-11-24T10:00:00Z", 8, "2026-11-25T10:00:00Z")] // over the night
    [InlineData("2026-11-27T16:00:00Z", 2, "2026-11-30T10:00:00Z")] // over a weekend
    [InlineData("2026-11-28T12:00:00Z", 1, "2026-11-30T10:00:00Z")] // from within one
    [InlineData("2026-12-24T16:00:00Z", 2, "2026-12-29T10:00:00Z")] // over two holidays and a weekend
    [InlineData("2026-07-01T10:00:00Z", 6, "2026-07-01T16:00:00Z")] // summer time: the office shuts at 16:00 UTC
    [InlineData("2026-10-23T15:00:00Z", 2, "2026-10-26T10:00:00Z")] // Friday in summer time to Monday in winter time
    [InlineData("2026-03-27T16:00:00Z", 2, "2026-03-30T09:00:00Z")] // and back
    public void Adds_working_time_by_the_clock_on_the_wall(string from, int hours, string expected) =>
        Assert.Equal(Instant(expected), Office.After(Instant(from), TimeSpan.FromHours(hours)));

    [Theory]
    [InlineData("2026-10-24T23:00:00Z", 3, "2026-10-25T02:00:00Z")] // 00:00 to 02:00 summer time, and 01:00 to 02:00 once more
    [InlineData("2026-03-29T00:00:00Z", 2, "2026-03-29T02:00:00Z")] // 01:00 to 02:00 is no hour of this night
    public void A_night_shift_works_a_repeated_hour_twice_and_a_skipped_one_never(string from, int hours, string expected)
    {
        var nights = new WorkingCalendar(London, Enum.GetValues<DayOfWeek>().Select(day => new WorkingHours(day, TimeSpan.Zero, TimeSpan.FromHours(6))), []);
        Assert.Equal(Instant(expected), nights.After(Instant(from), TimeSpan.FromHours(hours)));
    }

    [Fact]
    public void A_shift_that_begins_in_the_repeated_hour_begins_when_the_clock_first_says_so()
    {
        var early = new WorkingCalendar(London, [new(DayOfWeek.Sunday, new(1, 30, 0), TimeSpan.FromHours(6))], []);
        Assert.Equal(Instant("2026-10-25T01:30:00Z"), early.After(Instant("2026-10-24T23:00:00Z"), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_shift_over_midnight_is_two_spans_without_a_gap()
    {
        var shifts = new WorkingCalendar(
            London,
            [new(DayOfWeek.Tuesday, TimeSpan.FromHours(22), TimeSpan.FromHours(24)), new(DayOfWeek.Wednesday, TimeSpan.Zero, TimeSpan.FromHours(6))],
            []
        );
        Assert.Equal(Instant("2026-11-25T03:00:00Z"), shifts.After(Instant("2026-11-24T12:00:00Z"), TimeSpan.FromHours(5)));
    }

    [Fact]
    public void Never_goes_back_and_more_time_is_never_earlier()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var from = Instant("2026-01-01T00:00:00Z").AddMinutes(random.Next(0, 525_600));
            var (less, more) = (TimeSpan.FromMinutes(random.Next(0, 5_000)), TimeSpan.FromMinutes(random.Next(5_000, 10_000)));
            Assert.True(from <= Office.After(from, less) && Office.After(from, less) < Office.After(from, more), $"seed {seed}");
        }
    }

    [Fact]
    public void A_calendar_without_any_hours_ends_far_away() =>
        Assert.True(new WorkingCalendar(London, [], []).After(Instant("2026-01-01T00:00:00Z"), TimeSpan.FromHours(1)) > Instant("2035-01-01T00:00:00Z"));

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
