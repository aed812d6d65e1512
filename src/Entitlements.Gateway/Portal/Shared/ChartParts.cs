using System.Globalization;
using System.Xml.Linq;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What every chart is drawn of. SVG without style of its own: the page's policy allows none inline.</summary>
internal static class ChartParts
{
    public const double Width = 640;
    public const double Height = 240;
    public const double Left = 64;
    public const double Right = 16;
    public const double Top = 16;
    public const double Bottom = 32;

    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>An empty one, with its scale.</summary>
    /// <param name="title">What it shows, for who does not see it.</param>
    /// <param name="most">The top of the scale.</param>
    public static XElement Sheet(string title, long most, Language l)
    {
        var sheet = new XElement(
            Svg + "svg",
            new XAttribute("class", "portal-chart"),
            new XAttribute("viewBox", Text($"0 0 {Width} {Height}")),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", title)
        );
        foreach (var step in Enumerable.Range(0, 5).Select(i => most * i / 4).Distinct())
        {
            sheet.Add(Line("portal-chart__grid", Left, Y(step, most), Width - Right, Y(step, most)));
            sheet.Add(Label(l.Number(step), Left - 8, Y(step, most) + 5, "end"));
        }
        return sheet;
    }

    public static double Y(long value, long most) => Height - Bottom - (Height - Top - Bottom) * value / most;

    public static XElement Line(string kind, double x1, double y1, double x2, double y2) =>
        new(
            Svg + "line",
            new XAttribute("class", kind),
            new XAttribute("x1", Text($"{x1:0.#}")),
            new XAttribute("y1", Text($"{y1:0.#}")),
            new XAttribute("x2", Text($"{x2:0.#}")),
            new XAttribute("y2", Text($"{y2:0.#}"))
        );

    public static XElement Label(string text, double x, double y, string anchor) =>
        new(Svg + "text", new XAttribute("x", Text($"{x:0.#}")), new XAttribute("y", Text($"{y:0.#}")), new XAttribute("text-anchor", anchor), text);

    /// <summary>1, 2 or 5 times a power of ten, times four: so that the marks are round.</summary>
    public static long Nice(long most)
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

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
