namespace Entitlements.Benchmarks.Whole;

/// <summary>P1, P3, P4, P6: one request's cost, from memory, from Redis, from the truth, and the share of authentication.</summary>
internal static class LoadRows
{
    public const int People = 4000;

    /// <summary>Apps asked about for each person where memory is to be too small: 20,000 bodies, and room for a twentieth.</summary>
    private const int ManyApps = 5;

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var leased = await installation.JoinAsync("Leased"); // makes the tables
        await Seed.PlantAsync(installation, People);
        var strict = await installation.JoinAsync("Strict");
        var shared = await installation.JoinAsync(
            "Leased",
            $"--ConnectionStrings:Redis={installation.Redis.Address}",
            "--Cache:RedisBudget=00:00:01", // on a busy machine 20 ms are soon over, and what is late is a miss
            "--Cache:Memory=1048576"
        );
        var bare = await installation.StartBareAsync("none");
        var (stock, ours) = (await installation.StartBareAsync("stock"), await installation.StartBareAsync("ours"));
        var (database, redis) = (installation.Database.Id, installation.Redis.Id);
        Target[] targets =
        [
            new("bare", bare, Bare.Plain, [bare.Id]),
            new("cached", leased, "/access/v1/evaluation", [leased.Id, database]),
            new("bare again", bare, Bare.Plain, [bare.Id]),
            new("select", bare, Bare.Select, [bare.Id, database]),
            new("truth", strict, "/access/v1/evaluation", [strict.Id, database]),
            new("get", bare, Bare.Get, [bare.Id, redis]),
            new("shared", shared, "/access/v1/evaluation", [shared.Id, database, redis], ManyApps),
            new("stock token check", stock, Bare.Checked, [stock.Id]),
            new("our token check", ours, Bare.Checked, [ours.Id]),
        ];
        var wrk = new Wrk(installation.TokenFile);
        foreach (var target in targets)
        {
            await wrk.RunAsync(target, 16, plan.Warm, People, target.Apps);
        }
        foreach (var target in targets.Where(t => t.Server == leased || t.Server == shared))
        {
            await wrk.SettledAsync(target, plan, People, target.Apps);
        }
        var before = await FoundAsync(shared);
        foreach (var connections in plan.Connections)
        {
            var rounds = new List<Dictionary<string, Slice>>();
            for (var i = 0; i < plan.Rounds; i++)
            {
                var round = new Dictionary<string, Slice>(StringComparer.Ordinal);
                foreach (var target in targets)
                {
                    if (target.Server == shared)
                    {
                        await wrk.RunAsync(target, 64, plan.Seconds, People, target.Apps); // what has grown too old meanwhile is put there again
                    }
                    round[target.Name] = await wrk.RunAsync(target, connections, plan.Seconds, People, target.Apps);
                }
                rounds.Add(round);
            }
            Tell(report, connections, rounds);
        }
        var after = await FoundAsync(shared);
        report.Add("P3 share of decisions that came from Redis", [(after.Redis - before.Redis) / (after.All - before.All)], "> 0.9", "of 1");
    }

    private static async Task<(double Redis, double All)> FoundAsync(Server server) =>
        (await server.MetricAsync("entitlements_decisions_found", "\"redis\""), await server.MetricAsync("entitlements_decisions_found"));

    private static void Tell(Report report, int connections, List<Dictionary<string, Slice>> rounds)
    {
        double[] Ratio(string name, string to, Func<Slice, double> of) => [.. rounds.Select(r => of(r[name]) / of(r[to]))];
        string At(string what) => FormattableString.Invariant($"{what}, {connections} connections");
        report.AddControl(At("control: bare / bare, CPU"), Ratio("bare again", "bare", s => s.Cpu));
        report.Add(At("bare, CPU a request"), rounds.Select(r => r["bare"].Cpu), "-", "us");
        report.Add(At("P1 cached / bare, CPU"), Ratio("cached", "bare", s => s.Cpu), "<= 1.2");
        report.Add(At("P1 cached / bare, allocated"), Ratio("cached", "bare", s => s.Allocated), "<= 0.8");
        report.Add(At("P1 cached, allocated"), rounds.Select(r => r["cached"].Allocated), "-", "bytes");
        report.Add(At("P1 cached / bare, requests a second"), Ratio("cached", "bare", s => s.PerSecond), "-");
        report.Add(At("P1 cached / bare, p99"), Ratio("cached", "bare", s => s.P99), "-");
        report.Add(At("P3 Redis hit / get, CPU"), Ratio("shared", "get", s => s.Cpu), "<= 1.15");
        report.Add(At("get / bare, CPU"), Ratio("get", "bare", s => s.Cpu), "-");
        report.Add(At("P4 truth / select, CPU"), Ratio("truth", "select", s => s.Cpu), "<= 1.5");
        report.Add(At("select / bare, CPU"), Ratio("select", "bare", s => s.Cpu), "-");
        report.Add(
            At("P6 our / stock token check, CPU added"),
            rounds.Select(r => (r["our token check"].Cpu - r["bare"].Cpu) / (r["stock token check"].Cpu - r["bare"].Cpu)),
            "<= 0.10"
        );
    }
}
