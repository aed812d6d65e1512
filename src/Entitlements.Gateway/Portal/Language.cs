using System.Globalization;
using NodaTime;
using NodaTime.Extensions;

namespace Entitlements.Gateway.Portal;

/// <summary>The language of a page, and how it writes what is no sentence: dates, times, numbers. Both texts stand side by side where they are used.</summary>
/// <remarks>Welsh awaits a translator's check, and the pages say so. Dates are as the GOV.UK style guide writes them, in Europe/London.</remarks>
internal sealed class Language
{
    /// <summary>Where the choice is remembered, for a year.</summary>
    public const string Cookie = "entitlements.language";

    public const string English = "en";
    public const string Welsh = "cy";

    /// <summary>English, longer by two fifths and with accents: shows in Development what does not fit, and what was never marked for translation.</summary>
    public const string Pseudo = "qps";

    private static readonly DateTimeZone London = DateTimeZoneProviders.Tzdb["Europe/London"];

    private static readonly string[] EnglishMonths =
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];

    private static readonly string[] WelshMonths =
    [
        "Ionawr",
        "Chwefror",
        "Mawrth",
        "Ebrill",
        "Mai",
        "Mehefin",
        "Gorffennaf",
        "Awst",
        "Medi",
        "Hydref",
        "Tachwedd",
        "Rhagfyr",
    ];

    /// <summary>A language tag, or <see cref="Pseudo"/>.</summary>
    public string Code { get; private set; } = English;

    /// <summary>For the <c>lang</c> attribute.</summary>
    public string Tag => Code == Welsh ? Welsh : English;

    public bool IsWelsh => Code == Welsh;

    /// <summary>The text in the page's language.</summary>
    public string this[string en, string cy] =>
        Code == Welsh ? cy
        : Code == Pseudo ? Stretch(en)
        : en;

    /// <summary>By what was chosen, else by what the browser asks for.</summary>
    public static Language Of(HttpContext context)
    {
        var chosen = context.Request.Cookies[Cookie];
        var isDevelopment = context.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment();
        return new()
        {
            Code =
                chosen is English or Welsh || (chosen == Pseudo && isDevelopment) ? chosen
                : Prefers(context.Request, Welsh) ? Welsh
                : English,
        };
    }

    /// <summary>Takes over the language of the request; one for each request.</summary>
    public void Take(Language other) => Code = other.Code;

    /// <summary>1 December 2026.</summary>
    public string Date(DateTimeOffset instant) => DateOf(Local(instant));

    /// <summary>December 2026.</summary>
    public string Month(DateOnly month) =>
        string.Create(CultureInfo.InvariantCulture, $"{this[EnglishMonths[month.Month - 1], WelshMonths[month.Month - 1]]} {month.Year}");

    /// <summary>5:30pm; midnight; midday.</summary>
    public string Time(DateTimeOffset instant)
    {
        var at = Local(instant);
        return (at.Hour, at.Minute) switch
        {
            (0, 0) => this["midnight", "canol nos"],
            (12, 0) => this["midday", "canol dydd"],
            var (hour, minute) => string.Create(
                CultureInfo.InvariantCulture,
                $"{(hour + 11) % 12 + 1}{(minute == 0 ? "" : $":{minute:00}")}{(hour < 12 ? "am" : "pm")}"
            ),
        };
    }

    /// <summary>1 December 2026 at 5:30pm; without the day where it is today's, and the year where it is this one.</summary>
    public string At(DateTimeOffset instant, DateTimeOffset now)
    {
        var (day, today) = (Local(instant).Date, Local(now).Date);
        var said =
            day == today ? this["today", "heddiw"]
            : day == today.PlusDays(1) ? this["tomorrow", "yfory"]
            : day == today.PlusDays(-1) ? this["yesterday", "ddoe"]
            : DateOf(Local(instant));
        return this[$"{said} at {Time(instant)}", $"{said} am {Time(instant)}"];
    }

    /// <summary>The first instant after a day in London: whose last day it is, has all of it.</summary>
    public DateTimeOffset EndOf(DateOnly day) => London.AtStartOfDay(LocalDate.FromDateOnly(day).PlusDays(1)).ToDateTimeOffset().ToUniversalTime();

    /// <summary>3 hours; 2 days. Rounded down to the largest unit, at least a minute.</summary>
    public string Span(TimeSpan span) =>
        span.TotalDays >= 2 ? this[Many((int)span.TotalDays, "day", "days"), $"{(int)span.TotalDays} diwrnod"]
        : span.TotalHours >= 2 ? this[Many((int)span.TotalHours, "hour", "hours"), $"{(int)span.TotalHours} awr"]
        : this[Many(Math.Max(1, (int)span.TotalMinutes), "minute", "minutes"), $"{Math.Max(1, (int)span.TotalMinutes)} munud"];

    /// <summary>1,200.</summary>
    public string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>1 person; 1,200 people.</summary>
    public string People(long number) => this[number == 1 ? "1 person" : $"{Number(number)} people", number == 1 ? "1 person" : $"{Number(number)} o bobl"];

    private static string Many(int number, string one, string many) =>
        number == 1 ? $"1 {one}" : $"{number.ToString("N0", CultureInfo.InvariantCulture)} {many}";

    private string DateOf(LocalDateTime at)
    {
        var months = IsWelsh ? WelshMonths : EnglishMonths;
        return string.Create(CultureInfo.InvariantCulture, $"{at.Day} {this[months[at.Month - 1], months[at.Month - 1]]} {at.Year}");
    }

    private static LocalDateTime Local(DateTimeOffset instant) => instant.ToInstant().InZone(London).LocalDateTime;

    private static bool Prefers(HttpRequest request, string language) =>
        request.GetTypedHeaders().AcceptLanguage is { Count: > 0 } accepted
        && accepted
            .Where(a => a.Quality is null or > 0)
            .OrderByDescending(a => a.Quality ?? 1)
            .Select(a => a.Value.ToString().Split('-')[0])
            .FirstOrDefault(tag => tag.Equals(English, StringComparison.OrdinalIgnoreCase) || tag.Equals(Welsh, StringComparison.OrdinalIgnoreCase))
            is { } first
        && first.Equals(language, StringComparison.OrdinalIgnoreCase);

    /// <summary>[Ápp śťöré~~~]: two fifths longer, vowels with accents.</summary>
    private static string Stretch(string text)
    {
        var inHole = false; // %{count} is the design system's
        var accented = string.Concat(
            text.Select(c =>
                (inHole = c == '{' || (inHole && c != '}'))
                    ? c
                    : c switch
                    {
                        'a' => 'á',
                        'e' => 'é',
                        'i' => 'í',
                        'o' => 'ó',
                        'u' => 'ú',
                        'A' => 'Á',
                        'E' => 'É',
                        'I' => 'Í',
                        'O' => 'Ó',
                        _ => c,
                    }
            )
        );
        return $"{accented}{string.Concat(Enumerable.Repeat(" ·", (text.Length * 2 / 5 + 1) / 2))}";
    }
}
