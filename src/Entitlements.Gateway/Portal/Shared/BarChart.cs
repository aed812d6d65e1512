using System.Xml.Linq;
using static Entitlements.Gateway.Portal.Shared.ChartParts;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>Two numbers for each of some months, side by side. The same numbers stand in a table beside it.</summary>
/// <param name="Title">What it shows, for who does not see it.</param>
/// <param name="Bars">In the order of time; at least one.</param>
internal sealed record BarChart(string Title, IReadOnlyList<(DateOnly Month, long One, long Two)> Bars)
{
    private long Most => Nice(Math.Max(1, Bars.Max(b => Math.Max(b.One, b.Two))));

    public string Draw(Language l)
    {
        var chart = Sheet(Title, Most, l);
        var room = (Width - Left - Right) / Bars.Count;
        foreach (var (place, (_, one, two)) in Bars.Index())
        {
            var x = Left + room * place;
            chart.Add(Bar("portal-chart__bar", x + room * 0.15, room * 0.3, one), Bar("portal-chart__bar--two", x + room * 0.55, room * 0.3, two));
        }
        chart.Add(Label(l.Month(Bars[0].Month), Left, Height - 8, "start"));
        if (Bars.Count > 1)
        {
            chart.Add(Label(l.Month(Bars[^1].Month), Width - Right, Height - 8, "end"));
        }
        return chart.ToString(SaveOptions.DisableFormatting);
    }

    private XElement Bar(string kind, double x, double width, long value) =>
        new(
            Svg + "rect",
            new XAttribute("class", kind),
            new XAttribute("x", Text($"{x:0.#}")),
            new XAttribute("y", Text($"{Y(value, Most):0.#}")),
            new XAttribute("width", Text($"{width:0.#}")),
            new XAttribute("height", Text($"{Y(0, Most) - Y(value, Most):0.#}"))
        );
}
