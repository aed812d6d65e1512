using System.Globalization;
using System.Xml.Linq;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>A number over time, which stays as it is until it changes, against another that it should not pass. The same numbers stand in a table beside it.</summary>
/// <param name="Title">What it shows, for who does not see it.</param>
/// <param name="Points">In the order of time; at least one.</param>
/// <param name="Until">The right end.</param>
/// <param name="Limit">Drawn dashed; null: there is none.</param>
internal sealed record StepChart(string Title, IReadOnlyList<(DateTimeOffset At, long Value)> Points, DateTimeOffset Until, long? Limit)
{
    private const double Width = 640;
    private const double Height = 240;
    private const double Left = 64;
    private const double Right = 16;
    private const double Top = 16;
    private const double Bottom = 32;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private long Most => Nice(Math.Max(Points.Max(p => p.Value), Limit ?? 0));

    /// <summary>SVG without style of its own: the page's policy allows none inline.</summary>
    public string Draw(Language l)
    {
        var chart = new XElement(
            Svg + "svg",
            new XAttribute("class", "portal-chart"),
            new XAttribute("viewBox", Text($"0 0 {Width} {Height}")),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", Title)
        );
        foreach (var step in Enumerable.Range(0, 5).Select(i => Most * i / 4).Distinct())
        {
            chart.Add(Line("portal-chart__grid", Left, Y(step), Width - Right, Y(step)), Label(l.Number(step), Left - 8, Y(step) + 5, "end"));
        }
        if (Limit is { } limit)
        {
            chart.Add(Line("portal-chart__two", Left, Y(limit), Width - Right, Y(limit)));
        }
        chart.Add(new XElement(Svg + "path", new XAttribute("class", "portal-chart__one"), new XAttribute("d", Path())));
        Func<DateTimeOffset, string> mark = Until - Points[0].At < TimeSpan.FromDays(1) ? l.Time : l.Date;
        chart.Add(Label(mark(Points[0].At), Left, Height - 8, "start"), Label(mark(Until), Width - Right, Height - 8, "end"));
        return chart.ToString(SaveOptions.DisableFormatting);
    }

    private string Path()
    {
        var path = Text($"M{X(Points[0].At):0.#} {Y(Points[0].Value):0.#}");
        foreach (var (at, value) in Points.Skip(1))
        {
            path += Text($"H{X(at):0.#}V{Y(value):0.#}");
        }
        return path + Text($"H{X(Until):0.#}");
    }

    private double X(DateTimeOffset at) => Until <= Points[0].At ? Left : Left + (Width - Left - Right) * ((at - Points[0].At) / (Until - Points[0].At));

    private double Y(long value) => Height - Bottom - (Height - Top - Bottom) * value / Most;

    private static XElement Line(string kind, double x1, double y1, double x2, double y2) =>
        new(
            Svg + "line",
            new XAttribute("class", kind),
            new XAttribute("x1", Text($"{x1:0.#}")),
            new XAttribute("y1", Text($"{y1:0.#}")),
            new XAttribute("x2", Text($"{x2:0.#}")),
            new XAttribute("y2", Text($"{y2:0.#}"))
        );

    private static XElement Label(string text, double x, double y, string anchor) =>
        new(Svg + "text", new XAttribute("x", Text($"{x:0.#}")), new XAttribute("y", Text($"{y:0.#}")), new XAttribute("text-anchor", anchor), text);

    /// <summary>1, 2 or 5 times a power of ten, times four: so that the marks are round.</summary>
    private static long Nice(long most)
    {
        for (var unit = 1L; ; unit *= 10)
        {
            foreach (var step in new[] { unit, 2 * unit, 5 * unit })
            {
                if (4 * step >= most)
                {
                    return 4 * step;
                }
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
