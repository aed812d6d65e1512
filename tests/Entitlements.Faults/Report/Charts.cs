using System.Globalization;
using System.Net;
using System.Text;

namespace Entitlements.Faults;

/// <summary>Drawings of the report: SVG inside the page, nothing loaded from anywhere.</summary>
internal static class Charts
{
    private const int Width = 900;
    private const int Row = 22;
    private const int Labels = 190;

    /// <summary>Horizontal bars on a logarithmic scale, from 1.</summary>
    public static string Bars(IReadOnlyList<(string Label, double Value, string Class)> bars)
    {
        var most = Math.Log10(Math.Max(10, bars.Max(b => b.Value)));
        var svg = Open(bars.Count * Row);
        for (var i = 0; i < bars.Count; i++)
        {
            var (label, value, css) = bars[i];
            var width = Math.Log10(Math.Max(1, value)) / most * (Width - Labels - 80);
            Line(svg, $"<text x='{Labels - 8}' y='{i * Row + 15}' text-anchor='end'>{WebUtility.HtmlEncode(label)}</text>");
            Line(svg, $"<rect x='{Labels}' y='{i * Row + 4}' width='{width:F1}' height='14' class='{css}'/>");
            Line(svg, $"<text x='{Labels + width + 5:F1}' y='{i * Row + 15}'>{value:G4}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Answers per quarter of a second over one run: allowed, denied, none; outages shaded; violations marked.</summary>
    public static string Timeline(IReadOnlyList<Entry> history, Findings findings)
    {
        const int Height = 90;
        const double Slice = 250_000;
        var checks = history.Where(e => e.Kind == Kind.Check).ToList();
        var end = Math.Max(1, history.Max(e => e.T1));
        var slices = checks.GroupBy(c => (int)(c.T1 / Slice)).ToDictionary(g => g.Key, g => g.ToList());
        var most = Math.Max(1, slices.Values.Max(s => s.Count));
        var svg = Open(Height);
        double X(double at) => at / end * Width;
        foreach (var away in history.Where(e => e.Kind is Kind.Outage or Kind.Absence))
        {
            Line(svg, $"<rect x='{X(away.T0):F1}' y='0' width='{X(away.T1 - away.T0):F1}' height='{Height}' class='{away.Kind}'/>");
        }
        foreach (var (slice, calls) in slices)
        {
            var y = (double)Height;
            foreach (
                var (css, count) in ((string, int)[])
                    [
                        ("allow", calls.Count(c => c.Allowed)),
                        ("deny", calls.Count(c => c is { Status: 200, Decision: false })),
                        ("none", calls.Count(c => c.Status != 200)),
                    ]
            )
            {
                var height = (double)count / most * Height;
                y -= height;
                Line(svg, $"<rect x='{X(slice * Slice):F1}' y='{y:F1}' width='{X(Slice):F1}' height='{height:F1}' class='{css}'/>");
            }
        }
        foreach (var violation in findings.Violations.Take(500))
        {
            Line(svg, $"<line x1='{X(violation.At):F1}' x2='{X(violation.At):F1}' y1='0' y2='{Height}' class='violation'/>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Open(int height)
    {
        var svg = new StringBuilder();
        Line(svg, $"<svg viewBox='0 0 {Width} {height}' width='{Width}' height='{height}' role='img'>");
        return svg;
    }

    private static void Line(StringBuilder svg, FormattableString line) => svg.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
