using System.Globalization;
using System.Text;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Rotas;

namespace Entitlements.Gateway.Tests.Rotas;

/// <summary>What calendars and tables mean, above all in the two nights in which clocks change.</summary>
public sealed class ShiftCalendarTests
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");
    private static readonly Window Autumn = new(At("2026-10-20T00:00Z"), At("2026-12-20T00:00Z"));
    private static readonly Window Spring = new(At("2027-03-20T00:00Z"), At("2027-05-20T00:00Z"));

    [Fact]
    public void An_export_of_Outlook_is_read_with_its_exceptions_and_its_night_of_nine_hours()
    {
        var said = ShiftCalendar.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Rotas", "outlook.ics")), London, Autumn);
        Assert.Equal(
            [
                "Ann.Night@north.example 2026-10-24T21:00Z 2026-10-25T06:00Z", // 9 h: the clock goes back
                "Ann.Night@north.example 2026-10-31T22:00Z 2026-11-01T06:00Z",
                "bob.day@north.example 2026-11-14T22:00Z 2026-11-15T06:00Z", // instead of Ann; the 7th is an EXDATE, the 21st cancelled
                "Ann.Night@north.example 2026-11-28T22:00Z 2026-11-29T06:00Z",
            ],
            Shown(said).Take(4)
        );
        Assert.Equal(1, said.Skipped);
        var spring = ShiftCalendar.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Rotas", "outlook.ics")), London, Spring);
        Assert.Contains("Ann.Night@north.example 2027-03-27T22:00Z 2027-03-28T05:00Z", Shown(spring)); // 7 h
        Assert.Contains("Ann.Night@north.example 2027-04-24T21:00Z 2027-04-25T05:00Z", Shown(spring)); // the last before UNTIL
        Assert.DoesNotContain(Shown(spring), s => s.Contains("2027-05-0", StringComparison.Ordinal));
    }

    [Fact]
    public void An_export_of_Google_is_read_whole_days_are_from_midnight_to_midnight_on_the_wall()
    {
        var said = ShiftCalendar.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Rotas", "google.ics")), London, Autumn);
        Assert.Equal(
            [
                "ann.night@north.example 2026-10-24T23:00Z 2026-10-26T00:00Z", // 25 h
                "bob.day@north.example 2026-10-26T08:00Z 2026-10-26T20:00Z", // Ann declined
            ],
            Shown(said)
        );
        Assert.Equal(2, said.Skipped); // the tentative one and the free one
    }

    [Theory]
    [InlineData("2026-10-24T22:00", "2026-10-25T06:00", 9)]
    [InlineData("2027-03-27T22:00", "2027-03-28T06:00", 7)]
    [InlineData("2026-11-01T22:00", "2026-11-02T06:00", 8)]
    public void A_night_is_as_long_as_the_clock_on_the_wall_says_in_every_format(string from, string until, int hours)
    {
        var compact = (string text) => text.Replace("-", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal) + "00";
        string[] events =
        [
            $"DTSTART;TZID=Europe/London:{compact(from)}\nDTEND;TZID=Europe/London:{compact(until)}",
            $"DTSTART:{compact(from)}\nDTEND:{compact(until)}", // floating: by the rota's clock
            $"DTSTART;TZID=Europe/London:{compact(from)}\nDTEND;TZID=Europe/London:{compact(until)}\nRRULE:FREQ=DAILY;COUNT=1",
            $"DTSTART:{compact(from)}\nDTEND:{compact(until)}\nRRULE:FREQ=DAILY;COUNT=1",
        ];
        var read = events.Select(e => ShiftCalendar.Read(Calendar(e), London, Around(from)).Shifts).ToList();
        read.Add(ShiftTable.OfCsv(Encoding.UTF8.GetBytes($"subject,from,until\r\nann,{from},{until}\r\n"), London).Shifts);
        read.Add(ShiftTable.OfJson(new() { Shifts = [new(new("ann"), from, until)] }, London).Shifts);
        Assert.All(read, shifts => Assert.Equal(TimeSpan.FromHours(hours), Assert.Single(shifts).Until - shifts[0].From));
        Assert.Single(read.Select(shifts => (shifts[0].From, shifts[0].Until)).Distinct());
    }

    [Fact]
    public void A_series_over_the_clock_change_keeps_to_the_wall_and_one_with_a_duration_to_its_hours()
    {
        var wall = Calendar("DTSTART;TZID=Europe/London:20200101T220000\nDTEND;TZID=Europe/London:20200102T060000\nRRULE:FREQ=DAILY");
        var nights = ShiftCalendar.Read(wall, London, Autumn).Shifts.ToDictionary(s => s.From, s => s.Until - s.From);
        Assert.Equal(TimeSpan.FromHours(8), nights[At("2026-10-23T21:00Z")]);
        Assert.Equal(TimeSpan.FromHours(9), nights[At("2026-10-24T21:00Z")]);
        Assert.Equal(TimeSpan.FromHours(8), nights[At("2026-10-25T22:00Z")]);
        var lasting = Calendar("DTSTART:20200101T220000\nDURATION:PT8H\nRRULE:FREQ=DAILY");
        Assert.All(ShiftCalendar.Read(lasting, London, Autumn).Shifts, s => Assert.Equal(TimeSpan.FromHours(8), s.Until - s.From));
        var days = Calendar("DTSTART:20261024T220000\nDURATION:P1D");
        Assert.Equal(TimeSpan.FromHours(25), Assert.Single(ShiftCalendar.Read(days, London, Autumn).Shifts) is var day ? day.Until - day.From : default);
    }

    [Fact]
    public void A_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_as_much_later_as_the_clock_was_put_forward()
    {
        Assert.Equal(At("2026-10-25T00:30Z"), WallClock.InstantOf(new(2026, 10, 25, 1, 30, 0), London));
        Assert.Equal(At("2027-03-28T01:30Z"), WallClock.InstantOf(new(2027, 3, 28, 1, 30, 0), London)); // 02:30 by the new clock
        foreach (var zone in new[] { ";TZID=Europe/London", "" })
        {
            var twice = ShiftCalendar.Read(Calendar($"DTSTART{zone}:20261025T013000\nDTEND{zone}:20261025T060000"), London, Autumn);
            Assert.Equal("ann@north.example 2026-10-25T00:30Z 2026-10-25T06:00Z", Assert.Single(Shown(twice)));
            var never = ShiftCalendar.Read(Calendar($"DTSTART{zone}:20270328T013000\nDTEND{zone}:20270328T060000"), London, Spring);
            Assert.Equal("ann@north.example 2027-03-28T01:30Z 2027-03-28T05:00Z", Assert.Single(Shown(never)));
        }
        var series = Calendar("DTSTART;TZID=Europe/London:20270301T013000\nDTEND;TZID=Europe/London:20270301T060000\nRRULE:FREQ=DAILY");
        Assert.Contains("ann@north.example 2027-03-28T01:30Z 2027-03-28T05:00Z", Shown(ShiftCalendar.Read(series, London, Spring)));
        Assert.True(WallClock.TryRead("2026-10-25T01:30Z", London, out var utc) && utc == At("2026-10-25T01:30Z")); // the second one is named by its offset
        Assert.True(WallClock.TryRead("2026-10-25 01:30+00:00", London, out var offset) && offset == utc);
    }

    [Theory]
    [InlineData("no calendar at all", "line 1")]
    [InlineData("", "")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026", "")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR", "line 2")]
    [InlineData("BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:a\nDTSTART:20261101T100000Z\nEND:VEVENT\nEND:VCALENDAR", "")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:2026-11-01\nEND:VEVENT\nEND:VCALENDAR", "line 2")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261399T100000Z\nEND:VEVENT\nEND:VCALENDAR", "line 2")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Nowhere/Land:20261101T100000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR", "line 2")]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261101T100000Z\nRRULE:FREQ=SOMETIMES\nEND:VEVENT\nEND:VCALENDAR", "line 2")]
    [InlineData(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261101T100000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nDTSTART:20261101T100000Z\nDTEND:20261101T090000Z\nEND:VEVENT\nEND:VCALENDAR",
        "line 6"
    )]
    public void A_broken_calendar_is_refused_where_it_is_broken(string text, string where) =>
        Assert.Equal(where, Refused(() => ShiftCalendar.Read(text, London, Autumn)));

    [Theory]
    [InlineData("RRULE:FREQ=SECONDLY")]
    [InlineData("RRULE:FREQ=MINUTELY;COUNT=100000000")]
    [InlineData("RRULE:FREQ=HOURLY")]
    [InlineData("RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11;BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11")]
    [InlineData("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]
    [InlineData("RRULE:FREQ=DAILY;INTERVAL=0")]
    [InlineData("RRULE:FREQ=DAILY\nEXRULE:FREQ=SECONDLY")]
    [InlineData("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY")]
    public void A_rule_that_would_never_end_or_gives_a_shift_each_second_is_refused(string rule) =>
        Refused(() => ShiftCalendar.Read(Calendar("DTSTART:20200101T100000Z\nDURATION:PT1S\n" + rule), London, Autumn));

    [Fact]
    public void Files_that_would_keep_the_reader_busy_are_refused_unread()
    {
        var dates = string.Join(
            ',',
            Enumerable.Range(0, 50_000).Select(i => new DateTime(2020, 1, 1).AddMinutes(i).ToString("yyyyMMdd'T'HHmm'00Z'", CultureInfo.InvariantCulture))
        );
        string[] hostile =
        [
            string.Concat(Enumerable.Repeat("BEGIN:VCALENDAR\r\n", 100_000)),
            Calendar("DTSTART:20261101T100000Z\nDURATION:PT1H\nDESCRIPTION:" + new string('x', 1_000_000)),
            Calendar("DTSTART:20261101T100000Z\nDURATION:PT1H\nDESCRIPTION:" + string.Concat(Enumerable.Repeat("\n x", 400_000))),
            Calendar("DTSTART:20261101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n" + string.Join('\n', dates.Split(',').Select(d => "EXDATE:" + d))),
            Calendar("DTSTART:20261101T100000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYYEARDAY=" + string.Join(',', Enumerable.Range(1, 366))),
            Calendar("DTSTART:20200101T100000Z\nDURATION:P40D\nRRULE:FREQ=DAILY"),
        ];
        Assert.All(hostile, text => Refused(() => ShiftCalendar.Read(text, London, Autumn)));
    }

    [Theory]
    [InlineData("ann,2026-11-01T10:00,2026-11-01T11:00", "line 1")]
    [InlineData("subject,from,until\nann,2026-11-01T10:00", "line 2 subject")]
    [InlineData("subject,from,until\nann,2026-11-01T10:00,2026-11-01T11:00\nbob,01/11/2026 10:00,2026-11-01T11:00", "line 3 from")]
    [InlineData("subject,from,until\nann,2026-11-01T10:00,2026-11-01T10:00", "line 2 until")]
    [InlineData("subject,from,until\nann,2026-11-01T10:00,2027-11-01T10:00", "line 2 until")]
    [InlineData("subject,from,until\n\"ann,2026-11-01T10:00,2026-11-01T11:00", "line 2")]
    [InlineData("subject,from,until\nann,0001-01-01T00:00,9999-12-31T23:59", "line 2 from")]
    [InlineData("", "line 1")]
    public void A_broken_table_is_refused_where_it_is_broken(string text, string where) =>
        Assert.Equal(where, Refused(() => ShiftTable.OfCsv(Encoding.UTF8.GetBytes(text), London)));

    private static string Refused(Action read)
    {
        var refused = Assert.Throws<RefusedException>(read).Because;
        Assert.Equal(400, refused.Status);
        return refused.Errors[0].Pointer;
    }

    private static IEnumerable<string> Shown(SaidShifts said) =>
        said.Shifts.OrderBy(s => s.From).Select(s => FormattableString.Invariant($"{s.Who} {s.From:yyyy-MM-dd'T'HH:mm'Z'} {s.Until:yyyy-MM-dd'T'HH:mm'Z'}"));

    private static Window Around(string from) => new(At(from + "Z").AddDays(-5), At(from + "Z").AddDays(5));

    private static string Calendar(string body) =>
        $"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nATTENDEE:mailto:ann@north.example\n{body}\nEND:VEVENT\nEND:VCALENDAR\n";

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
