using System.Globalization;
using System.Text.RegularExpressions;

namespace Entitlements.Benchmarks.Whole;

/// <summary>One slice of load.</summary>
/// <param name="Cpu">Processor time a request, in microseconds, of the server and of every server it made work.</param>
/// <param name="Allocated">Bytes a request.</param>
internal sealed record Slice(double Cpu, double PerSecond, double P99, double Allocated);

/// <summary>What is loaded.</summary>
/// <param name="Work">Processes whose time counts.</param>
/// <param name="Apps">Asked about for each person.</param>
internal sealed record Target(string Name, Server Server, string Path, IReadOnlyList<int> Work, int Apps = 2);

/// <summary>Load by wrk, from a process of its own.</summary>
internal sealed partial class Wrk(string tokens)
{
    /// <param name="apps">Asked about for each person.</param>
    public async Task<Slice> RunAsync(Target target, int connections, double seconds, int people, int apps = 2)
    {
        var (cpu, allocated) = (Processes.Cpu(target.Work), await target.Server.AllocatedAsync());
        var text = await Processes.OutputOfAsync(
            "wrk",
            "-t1",
            FormattableString.Invariant($"-c{connections}"),
            FormattableString.Invariant($"-d{seconds:0}s"),
            "--latency",
            "-s",
            Path.Combine(AppContext.BaseDirectory, "load.lua"),
            target.Server.Url + target.Path,
            "--",
            tokens,
            people.ToString(CultureInfo.InvariantCulture),
            apps.ToString(CultureInfo.InvariantCulture)
        );
        (cpu, allocated) = (Processes.Cpu(target.Work) - cpu, await target.Server.AllocatedAsync() - allocated);
        if (Requests.Match(text) is not { Success: true } done || text.Contains("Non-2xx", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{target.Name}: not every request was answered well:\n{text}");
        }
        var requests = double.Parse(done.Groups["n"].Value, CultureInfo.InvariantCulture);
        var rate = double.Parse(Rate.Match(text).Groups["n"].Value, CultureInfo.InvariantCulture);
        return new(cpu / requests * 1e6, rate, Milliseconds(Latency.Match(text)), allocated / requests);
    }

    /// <summary>Load until nearly every body has been asked and is answered from memory.</summary>
    public async Task<Slice> SettledAsync(Target target, Plan plan, int people, int apps = 2)
    {
        while (true)
        {
            var reads = await target.Server.MetricAsync("entitlements_decisions_found", "\"truth\"");
            var slice = await RunAsync(target, 64, plan.Warm, people, apps);
            reads = await target.Server.MetricAsync("entitlements_decisions_found", "\"truth\"") - reads;
            if (reads < 0.02 * slice.PerSecond * plan.Warm)
            {
                return slice;
            }
        }
    }

    private static double Milliseconds(Match time) =>
        double.Parse(time.Groups["n"].Value, CultureInfo.InvariantCulture)
        * time.Groups["unit"].Value switch
        {
            "us" => 0.001,
            "ms" => 1,
            _ => 1000,
        };

    [GeneratedRegex(@"(?<n>\d+) requests in", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Requests { get; }

    [GeneratedRegex(@"Requests/sec:\s+(?<n>[\d.]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Rate { get; }

    [GeneratedRegex(@"99%\s+(?<n>[\d.]+)(?<unit>us|ms|s)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Latency { get; }
}
