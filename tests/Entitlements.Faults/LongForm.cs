using System.Globalization;

namespace Entitlements.Faults;

/// <summary>Every fault on every arm, and a report. Exit code 0 only when all ran, the product and the oracle held, and the vulnerable arm failed.</summary>
internal static class LongForm
{
    /// <summary>0 of 3,000: less than 0.1 % at 95 %. Fewer, or fewer arms, only to try the harness.</summary>
    private static int FewestProbative => int.Parse(Environment.GetEnvironmentVariable("PROBATIVE") ?? "3000", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private static readonly Arm[] Order = [Arm.Vulnerable, Arm.Product, Arm.Strict];

    private static IEnumerable<Arm> Arms => (Environment.GetEnvironmentVariable("ARMS") ?? "Vulnerable Product Strict").Split(' ').Select(Enum.Parse<Arm>);

    /// <param name="report">Folder to write.</param>
    /// <param name="ids">Which faults; none: all.</param>
    public static async Task<int> RunAsync(string report, string[] ids)
    {
        List<Fault> faults = [.. ids.Length == 0 ? Campaign.All : ids.Select(Campaign.Find)];
        List<Run> runs = [];
        List<(Fault, string)> obstacles =
        [
            .. faults.Select(fault => (fault, fault.Obstacle())).Where(o => o.Item2 is not null).Select(o => (o.fault, o.Item2!)),
        ];
        foreach (var (fault, why) in obstacles)
        {
            await Console.Error.WriteLineAsync($"*** {fault.Id} CANNOT RUN: {fault.Name}: {why}");
        }
        List<Fault> possible = [.. faults.Except(obstacles.Select(o => o.Item1))];
        var inconclusive = 0;
        foreach (var arm in Arms) // one cluster at a time: those that idle would slow the one that is tried
        {
            await using var clusters = new Clusters();
            foreach (var fault in possible)
            {
                var first = runs.Find(r => r.Fault == fault && r.Arm == Arm.Vulnerable)?.Findings.FirstFailure ?? 0;
                var needed = arm == Arm.Vulnerable ? 0 : Math.Max(FewestProbative, 10 * first);
                try
                {
                    var run = await clusters.RunAsync(arm, fault, seed: 1, needed, arm == Arm.Vulnerable, Longest);
                    inconclusive += run.Findings.Probative < needed ? 1 : 0;
                    await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{fault.Id, -10} {arm, -10} {run.Findings}"));
                    runs.Add(run);
                    await ReportFolder.KeepAsync(report, run);
                    runs.Sort(
                        (a, b) => (faults.IndexOf(a.Fault), Array.IndexOf(Order, a.Arm)).CompareTo((faults.IndexOf(b.Fault), Array.IndexOf(Order, b.Arm)))
                    );
                }
                catch (Exception broken) // the others run all the same
                {
                    await Console.Error.WriteLineAsync($"*** {fault.Id} {arm} BROKE: {broken}");
                    obstacles.Add((fault, $"{arm}: {broken.Message}"));
                }
                await ReportFolder.WriteAsync(report, runs, obstacles); // what ran is kept whatever comes
            }
        }
        var unexpected = runs.Where(r => !r.IsAsExpected).ToList();
        await Console.Out.WriteLineAsync(
            $"{runs.Count} runs, {unexpected.Count} not as expected, {inconclusive} inconclusive, {obstacles.Count} could not run; {Path.Combine(report, "report.html")}"
        );
        return unexpected.Count == 0 && inconclusive == 0 && obstacles.Count == 0 ? 0 : 1;
    }
}
