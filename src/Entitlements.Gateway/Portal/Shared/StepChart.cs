using System.Xml.Linq;
using static Entitlements.Gateway.Portal.Shared.ChartParts;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>A number over time, which stays as it is until it changes, against another that it should not pass. The same numbers stand in a table beside it.</summary>
/// <param name="Title">What it shows, for who does not see it.</param>
/// <param name="Points">In the order of time; at least one.</param>
/// <param name="Until">The right end.</param>
/// <param name="Limit">Drawn dashed; null: there is none.</param>
internal sealed record StepChart(string Title, IReadOnlyList<(DateTimeOffset At, long Value)> Points, DateTimeOffset Until, long? Limit)
{
    private long Most => Nice(Math.Max(Points.Max(p => p.Value), Limit ?? 0));

    /// <summary>SVG without style of its own: the page's policy allows none inline.</summary>
    public string Draw(Language l)
    {
        var chart = Sheet(Title, Most, l);
        if (Limit is { } limit)
        {
            chart.Add(Line("portal-chart__two", Left, Y(limit), Width - Right, Y(limit)));
        }
        chart.Add(new XElement(Svg + "path", new XAttribute("class", "portal-chart__one"), new XAttribute("d", Path())));
        chart.Add(Label(l.Date(Points[0].At), Left, Height - 8, "start"), Label(l.Date(Until), Width - Right, Height - 8, "end"));
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

    private double Y(long value) => ChartParts.Y(value, Most);
}
