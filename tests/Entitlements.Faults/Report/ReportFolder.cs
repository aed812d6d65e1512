using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Entitlements.Faults;

/// <summary>What the long form leaves behind: <c>report.html</c>, <c>figures.json</c>, the history of every run, failing arms beside clean ones, and what the replicas printed.</summary>
internal static class ReportFolder
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string HistoryName(Run run) => string.Create(CultureInfo.InvariantCulture, $"{run.Fault.Id}-{run.Arm}.jsonl");

    private static string OutputName(Run run, int replica) => string.Create(CultureInfo.InvariantCulture, $"{run.Fault.Id}-{run.Arm}-replica{replica}.log");

    /// <summary>What happened in one run.</summary>
    public static async Task KeepAsync(string folder, Run run)
    {
        Directory.CreateDirectory(folder);
        await run.History.WriteAsync(Path.Combine(folder, HistoryName(run)));
        for (var i = 0; i < run.Output.Count; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, OutputName(run, i)), run.Output[i]);
        }
    }

    /// <summary>Page and figures of the runs so far.</summary>
    /// <param name="obstacles">What could not run, and why.</param>
    public static async Task WriteAsync(string folder, IReadOnlyList<Run> runs, IReadOnlyList<(Fault Fault, string Why)> obstacles)
    {
        Directory.CreateDirectory(folder);
        var figures = runs.Select(run => new
        {
            fault = run.Fault.Id,
            arm = run.Arm.ToString(),
            run.Seed,
            run.Healed,
            run.Findings,
        });
        await File.WriteAllTextAsync(
            Path.Combine(folder, "figures.json"),
            JsonSerializer.Serialize(new { runs = figures, could_not_run = obstacles.Select(o => new { fault = o.Fault.Id, o.Why }) }, Indented)
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "report.html"), Page(runs, obstacles));
    }

    private static string Page(IReadOnlyList<Run> runs, IReadOnlyList<(Fault Fault, string Why)> obstacles) =>
        $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Fault campaign</title>
            <style>
            body{font:15px/1.45 system-ui,sans-serif;max-width:1500px;margin:2em auto;padding:0 1em;color:#1b1f24}
            table{border-collapse:collapse;font-size:13px}td,th{border:1px solid #d0d7de;padding:3px 7px;text-align:right}td.t,th.t{text-align:left}
            svg text{font:11px system-ui,sans-serif}.product{fill:#1a7f37}.vulnerable{fill:#cf222e}.strict{fill:#0969da}
            .allow{fill:#2da44e}.deny{fill:#57606a}.none{fill:#d4a72c}.Outage{fill:#ffd8d3}.Absence{fill:#ddf4ff}.violation{stroke:#cf222e;stroke-width:1}
            .bad{background:#ffebe9}.good{background:#dafbe1}
            </style>
            <h1>Fault campaign</h1>
            <p>Three replicas, L = {{Cluster.UsualLease.TotalSeconds}} s (F14: {{4
                * Cluster.UsualLease.TotalSeconds}} s), synchronous standby, one machine of {{Environment.ProcessorCount}} processors that the checker shares. <b>Probative</b> answers were
            asked for after a revocation was acknowledged and came before the next grant was sent. The vulnerable arm does not wait before it acknowledges: it must fail, or the fault proves nothing. Green rows came
            out as expected. Healthy acknowledgements are those not asked of a replica that was frozen, dead or cut off meanwhile.</p>
            <p>{{runs.Count(run => run.IsAsExpected)}} of {{runs.Count}} runs as expected.</p>
            {{Obstacles(obstacles)}}
            <div style="overflow-x:auto"><table><tr><th class="t">fault</th><th class="t">arm</th><th>probative</th><th class="t">violations</th><th>first failure at</th><th>ack p50 ms</th><th>p99</th><th>max</th><th>healthy ack p99 ms</th>
            <th>decision p50 ms</th><th>p99</th><th>false denies</th><th>unavailable</th><th>longest silence ms</th><th>recovery ms</th><th class="t">history, output</th><th class="t">budget besides no violation</th></tr>
            {{string.Join('\n', runs.Select(Row))}}
            </table></div>
            <h2>Probative answers of the product, and after how many the vulnerable arm failed</h2>
            {{Bars(runs, run => run.Arm == Arm.Vulnerable ? run.Findings.FirstFailure ?? 0 : run.Findings.Probative)}}
            <h2>Acknowledgement, p99, ms</h2>
            {{Bars(runs, run => run.Findings.Acks.P99)}}
            <h2>Runs</h2>
            <p>Answers over time: green allowed, grey denied, yellow none; red shade: no way to the truth; blue shade: a replica away; red lines: violations.</p>
            {{string.Join('\n', runs.Select(run => $"<h3>{Name(run)}: {Text(run.Fault.Name)}</h3>{Charts.Timeline(run.History.Entries(), run.Findings)}"))}}
            </html>
            """;

    private static string Row(Run run)
    {
        var f = run.Findings;
        var kinds = f
            .Violations.GroupBy(v => v.Breach)
            .Select(g => FormattableString.Invariant($"{g.Key} {g.Count()}, up to {g.Max(v => v.Staleness) / 1000} ms"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <tr class="{(run.IsAsExpected ? "good" : "bad")}"><td class="t" title="{Text(
                run.Fault.Name
            )}">{run.Fault.Id}</td><td class="t">{run.Arm}</td><td>{f.Probative}</td>
            <td class="t">{(f.Violations.Count == 0 ? "0" : string.Join("; ", kinds))}{(
                run.Healed ? "" : " NOT HEALED"
            )}</td><td>{f.FirstFailure}</td><td>{f.Acks.P50:F0}</td><td>{f.Acks.P99:F0}</td><td>{f.Acks.Max:F0}</td><td>{f.HealthyAcks.P99:F0}</td>
            <td>{f.Decisions.P50:F1}</td><td>{f.Decisions.P99:F0}</td><td>{f.FalseDenies}</td><td>{f.Unavailable}</td><td>{f.LongestSilence:F0}</td><td>{f.Recovery:F0}</td><td class="t"><a href="{HistoryName(
                run
            )}">jsonl</a> {string.Join(' ', run.Output.Select((_, i) => $"<a href=\"{OutputName(run, i)}\">{i}</a>"))}</td><td class="t">{Text(run.Fault.Budget)}</td></tr>
            """
        );
    }

    private static string Bars(IEnumerable<Run> runs, Func<Run, double> value)
    {
        var bars = runs.Select(run => (Name(run), value(run), run.Arm.ToString().ToLowerInvariant())).ToList();
        return bars.Count == 0 ? "" : Charts.Bars(bars);
    }

    private static string Obstacles(IReadOnlyList<(Fault Fault, string Why)> obstacles)
    {
        var list = new StringBuilder();
        foreach (var (fault, why) in obstacles)
        {
            list.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\"><b>{fault.Id} ({Text(fault.Name)}) could not run:</b> {Text(why)}</p>\n");
        }
        return list.ToString();
    }

    private static string Name(Run run) => $"{run.Fault.Id} {run.Arm}";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
