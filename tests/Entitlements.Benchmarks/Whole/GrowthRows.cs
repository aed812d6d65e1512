namespace Entitlements.Benchmarks.Whole;

/// <summary>P10 and P11: what a thousand times more assignments cost, in time and in memory.</summary>
internal static class GrowthRows
{
    private const int Few = 1_000;
    private const int Many = 1_000_000;
    private const int Active = 250_000;

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var few = await installation.JoinAsync("Leased");
        await Seed.PlantAsync(installation, Few);
        var wrk = new Wrk(installation.TokenFile);
        var database = installation.Database.Id;
        Target Cached(Server server) => new("cached", server, "/access/v1/evaluation", [server.Id, database]);
        // 100 apps for each of a thousand people, then one for each of 100,000: as many bodies
        var before = await wrk.SettledAsync(Cached(few), plan, Few, 100);
        await Seed.GrowAsync(installation, Few + 1, Many);
        await installation.Database.ExecuteAsync("vacuum analyze");
        var many = await installation.JoinAsync("Leased");
        var after = await wrk.SettledAsync(Cached(many), plan, 100_000, 1);
        var slopes = new List<double>();
        for (var i = 0; i < plan.Rounds; i++)
        {
            before = await wrk.RunAsync(Cached(few), 64, plan.Seconds, Few, 100);
            after = await wrk.RunAsync(Cached(many), 64, plan.Seconds, 100_000, 1);
            slopes.Add(Math.Log10(after.Cpu / before.Cpu) / Math.Log10(Many / Few));
        }
        report.Add("P10 slope of CPU, 10^3 to 10^6 assignments", slopes, "<= 0.05", "log-log");
        double held,
            grown = 0;
        do // more than there is room for: until it grows no more
        {
            held = grown;
            await wrk.RunAsync(Cached(many), 64, plan.Warm, Active, 1);
            grown = Processes.Memory(many.Id) / 1048576.0;
        } while (grown > 1.02 * held);
        report.Add("P11 memory, 10^6 assignments, 250,000 active", [grown], "<= 506", "MiB");
        report.Add(
            "P11 of which the heap after its last collection",
            [await many.MetricAsync("dotnet_gc_last_collection_heap_size_bytes") / 1048576.0],
            "-",
            "MiB"
        );
        report.Add("P11 of which free within it", [await many.MetricAsync("dotnet_gc_last_collection_heap_fragmentation_size_bytes") / 1048576.0], "-", "MiB");
    }
}
