using System.Globalization;
using System.Text.Json;

namespace Entitlements.Benchmarks.Whole;

/// <summary>
/// Whole processes under load, side by side: slices of all targets take turns, and what counts is the processor time of a request over bare's
/// in the same round. Bare against itself must come out near 1, or the run says nothing.
/// </summary>
internal static class WholeProcess
{
    private static readonly Dictionary<string, Func<Report, Plan, Task>> Parts = new(StringComparer.Ordinal)
    {
        ["load"] = LoadRows.RunAsync,
        ["growth"] = GrowthRows.RunAsync,
        ["revocation"] = RevocationRow.RunAsync,
        ["flight"] = FlightRow.RunAsync,
        ["inbox"] = InboxRow.RunAsync,
        ["ends"] = EndsRow.RunAsync,
        ["urgent"] = UrgentRow.RunAsync,
        ["exposure"] = ExposureRow.RunAsync,
    };

    /// <param name="words">Parts to run (all if none), and <c>rounds=3</c>, <c>seconds=4</c>, <c>warm=8</c>, <c>connections=16,64</c>, <c>json=file</c>.</param>
    public static async Task<int> RunAsync(string[] words)
    {
        var plan = Plan.From(words);
        var report = new Report();
        var chosen = words.Where(w => !w.Contains('=')).ToList();
        foreach (var part in chosen.Count == 0 ? [.. Parts.Keys] : chosen)
        {
            await Parts[part](report, plan);
        }
        report.Print();
        if (plan.Json is { } file)
        {
            await File.WriteAllTextAsync(file, report.ToJson());
        }
        return report.Counts ? 0 : 1;
    }
}

/// <param name="Seconds">Length of a slice.</param>
/// <param name="Warm">Seconds of load before the first slice counts.</param>
internal sealed record Plan(int Rounds, double Seconds, double Warm, IReadOnlyList<int> Connections, string? Json)
{
    public static Plan From(string[] words)
    {
        var set = words.Where(w => w.Contains('=')).Select(w => w.Split('=', 2)).ToDictionary(w => w[0], w => w[1], StringComparer.Ordinal);
        double Number(string name, double otherwise) => set.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return new(
            (int)Number("rounds", 5),
            Number("seconds", 8),
            Number("warm", 8),
            [.. set.GetValueOrDefault("connections", "16,64").Split(',').Select(c => int.Parse(c, CultureInfo.InvariantCulture))],
            set.GetValueOrDefault("json")
        );
    }
}

/// <summary>What was found, row by row.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly List<Row> _rows = [];

    /// <summary>False when a control failed: then nothing here says anything.</summary>
    public bool Counts { get; private set; } = true;

    /// <param name="values">One for each round.</param>
    public void Add(string name, IEnumerable<double> values, string goal, string unit = "x")
    {
        var sorted = values.Order().ToList();
        _rows.Add(new(name, sorted[sorted.Count / 2], sorted[0], sorted[^1], unit, goal));
        Console.Error.WriteLine(_rows[^1]);
    }

    /// <summary>Bare against bare.</summary>
    public void AddControl(string name, IReadOnlyList<double> values)
    {
        Add(name, values, "0.85-1.18");
        Counts &= _rows[^1].Median is >= 0.85 and <= 1.18;
    }

    public void Print()
    {
        Console.WriteLine($"{"what", -44} {"median", 9} {"least", 9} {"most", 9}  goal");
        foreach (var row in _rows)
        {
            Console.WriteLine($"{row.Name, -44} {Say(row.Median), 9} {Say(row.Least), 9} {Say(row.Most), 9}  {row.Goal} ({row.Unit})");
        }
        if (!Counts)
        {
            Console.WriteLine("The control is off: this run does not count.");
        }
    }

    public string ToJson() => JsonSerializer.Serialize(_rows, Indented);

    private static string Say(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private sealed record Row(string Name, double Median, double Least, double Most, string Unit, string Goal);
}
