using System.Globalization;

namespace Entitlements.Faults;

/// <summary>Every fault on every arm, and a report. Exit code 0 only when all ran, the product and the oracle held, and the vulnerable arm failed.</summary>
internal static class LongForm
{
    /// <summary>0 of 3,000: less than 0.1 % at 95 %. Fewer, or fewer arms, only to try the harness.</summary>
    private static int FewestProbative => int.Parse(Environment.GetEnvironmentVariable("PROBATIVE") ?? "3000", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static IEnumerable<Arm> Arms => (Environment.GetEnvironmentVariable("ARMS") ?? "Vulnerable Product Strict").Split(' ').Select(Enum.Parse<Arm>);

    /// <param name="report">Folder to write.</param>
    /// <param name="ids">Which faults; none: all.</param>
    public static async Task<int> RunAsync(string report, string[] ids)
    {
        var faults = ids.Length == 0 ? Campaign.All : [.. ids.Select(Campaign.Find)];
        List<Run> runs = [];
        List<(Fault, string)> obstacles = [];
        var inconclusive = 0;
        await using var clusters = new Clusters();
        foreach (var fault in faults)
        {
            if (fault.Obstacle() is { } why)
            {
                await Console.Error.WriteLineAsync($"*** {fault.Id} CANNOT RUN: {fault.Name}: {why}");
                obstacles.Add((fault, why));
                continue;
            }
            foreach (var arm in Arms)
            {
                var first = runs.FindLast(r => r.Fault == fault && r.Arm == Arm.Vulnerable)?.Findings.FirstFailure ?? 0;
                var needed = arm == Arm.Vulnerable ? 0 : Math.Max(FewestProbative, 10 * first);
                Run run;
                try
                {
                    run = await clusters.RunAsync(arm, fault, seed: 1, needed, arm == Arm.Vulnerable, Longest);
                }
                catch (Exception broken) // the others run all the same
                {
                    await Console.Error.WriteLineAsync($"*** {fault.Id} {arm} BROKE: {broken}");
                    obstacles.Add((fault, $"{arm}: {broken.Message}"));
                    continue;
                }
                inconclusive += run.Findings.Probative < needed ? 1 : 0;
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{fault.Id, -10} {arm, -10} {run.Findings}"));
                runs.Add(run);
                await ReportFolder.WriteAsync(report, runs, obstacles); // what ran is kept whatever comes
            }
        }
        await ReportFolder.WriteAsync(report, runs, obstacles);
        var unexpected = runs.Where(r => !r.Healed || (r.Arm == Arm.Vulnerable) != (r.Findings.Violations.Count > 0)).ToList();
        await Console.Out.WriteLineAsync(
            $"{runs.Count} runs, {unexpected.Count} not as expected, {inconclusive} inconclusive, {obstacles.Count} could not run; {Path.Combine(report, "report.html")}"
        );
        return unexpected.Count == 0 && inconclusive == 0 && obstacles.Count == 0 ? 0 : 1;
    }
}
