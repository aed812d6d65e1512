using System.Globalization;
using System.Text;

namespace Entitlements.Portal.Tests.Browser;

/// <summary>What journeys cost: taps, bytes, seconds. Reported, and asserted only where a test names a bound on taps or bytes.</summary>
internal static class Figures
{
    private static readonly List<string> Rows = [];

    public static void Note(string journey, Visitor visitor) =>
        Rows.Add(
            string.Create(CultureInfo.InvariantCulture, $"| {journey} | {visitor.Taps} | {visitor.Bytes / 1000.0:0.0} | {visitor.Took.TotalSeconds:0.0} |")
        );

    public static async Task WriteAsync()
    {
        if (Rows.Count == 0)
        {
            return;
        }
        var table = new StringBuilder("| journey | taps | kB transferred | s |\n|---|---|---|---|\n").AppendJoin('\n', Rows).Append('\n').ToString();
        await File.WriteAllTextAsync(Path.Combine(Pictures.Folder, "figures.md"), table);
        Console.WriteLine(table);
    }
}
