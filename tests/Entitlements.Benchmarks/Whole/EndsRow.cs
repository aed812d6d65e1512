using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Entitlements.Benchmarks.Whole;

/// <summary>Ten thousand assignments end in the same second: whether decisions deny from that instant on, and what tidying up costs those who ask about others.</summary>
internal static class EndsRow
{
    private const int Ends = 10_000;
    private const int Connections = 64;

    /// <summary>People whose ends are watched, question after question.</summary>
    private const int Watched = 20;
    private const string Unmarked = "role_assignment where not_after is not null and not end_told";
    private const string Untold = "outbox where delivered_at is null";

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var server = await installation.JoinAsync("Leased");
        await Seed.PlantAsync(installation, LoadRows.People + Ends);
        var wrk = new Wrk(installation.TokenFile);
        var target = new Target("cached", server, "/access/v1/evaluation", [server.Id, installation.Database.Id]);
        await wrk.SettledAsync(target, plan, LoadRows.People);
        var before = new List<double>();
        for (var i = 0; i < plan.Rounds; i++)
        {
            before.Add((await wrk.RunAsync(target, Connections, plan.Seconds, LoadRows.People)).Cpu);
        }
        var end = TimeProvider.System.GetUtcNow().AddSeconds(5);
        await EndAllAsync(installation, end);
        var answers = new ConcurrentBag<(DateTimeOffset At, bool Allowed)>();
        using var enough = new CancellationTokenSource();
        var watch = Task.WhenAll(Enumerable.Range(1, Watched).Select(i => WatchAsync(installation, server, LoadRows.People + i, answers, enough.Token)));
        var tidied = TidiedAsync(installation, end);
        var during = new List<double>();
        await Task.Delay(end - TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1)); // until then the watchers ask
        await enough.CancelAsync();
        await watch;
        do
        {
            during.Add((await wrk.RunAsync(target, Connections, plan.Seconds, LoadRows.People)).Cpu);
        } while (!tidied.IsCompleted);
        var (first, all) = await tidied;
        var quiet = before.Order().ElementAt(before.Count / 2);
        report.Add("10,000 ends: answers about them around the end", [answers.Count], "-", "answers");
        report.Add("10,000 ends: allowed from the end on, or denied before", [answers.Count(a => a.Allowed == (a.At >= end))], "0", "answers");
        report.Add("10,000 ends: first denial after the end", [answers.Where(a => !a.Allowed).Min(a => (a.At - end).TotalMilliseconds)], "-", "ms");
        report.Add("10,000 ends: all marked and audited", [first], "<= 60", "s");
        report.Add("10,000 ends: all told", [all], "<= 60", "s");
        report.Add("10,000 ends: P1 meanwhile / before, CPU", during.Select(d => d / quiet), "<= 1.1");
        report.Add("10,000 ends: P1 before / its median, CPU", before.Select(b => b / quiet), "-");
        report.Add("10,000 ends: one, with its record and its telling, CPU", [await CostAsync(installation, server)], "-", "ms");
    }

    private static Task EndAllAsync(Installation installation, DateTimeOffset end) =>
        installation.Database.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                update role_assignment set not_after = '{end:O}', end_told = false
                where subject_key in (select key from subject where id > '{Seed.Person(LoadRows.People)}' and id like 'p-%')
                """
            )
        );

    /// <summary>Processor time of gateway and database for each end when nobody asks anything, less what they take when nothing ends.</summary>
    private static async Task<double> CostAsync(Installation installation, Server server)
    {
        int[] work = [server.Id, installation.Database.Id];
        var (idle, before) = (Stopwatch.StartNew(), Processes.Cpu(work));
        await Task.Delay(TimeSpan.FromSeconds(10));
        var rate = (Processes.Cpu(work) - before) / idle.Elapsed.TotalSeconds;
        await EndAllAsync(installation, TimeProvider.System.GetUtcNow());
        (idle, before) = (Stopwatch.StartNew(), Processes.Cpu(work));
        await UntilNoneAsync(installation, Unmarked);
        await UntilNoneAsync(installation, Untold);
        return (Processes.Cpu(work) - before - rate * idle.Elapsed.TotalSeconds) / Ends * 1e3;
    }

    private static Task UntilNoneAsync(Installation installation, string left) =>
        Processes.UntilAsync(async () => (long)(await installation.Database.RowsAsync($"select count(*) from {left}"))[0][0] == 0);

    /// <summary>Seconds from the end until the last was marked, with its record, and until the last message of them had left the outbox.</summary>
    private static async Task<(double Marked, double Told)> TidiedAsync(Installation installation, DateTimeOffset end)
    {
        async Task<double> UntilAsync(string left)
        {
            await UntilNoneAsync(installation, left);
            return (TimeProvider.System.GetUtcNow() - end).TotalSeconds;
        }
        await Task.Delay(end - TimeProvider.System.GetUtcNow());
        var marked = await UntilAsync(Unmarked);
        var told = await UntilAsync(Untold);
        var audited = (long)(await installation.Database.RowsAsync("select count(distinct target) from audit_event where kind = 'assignment.expired'"))[0][0];
        return audited == Ends ? (marked, told) : throw new InvalidOperationException($"{audited} ends are on record");
    }

    private static async Task WatchAsync(
        Installation installation,
        Server server,
        int person,
        ConcurrentBag<(DateTimeOffset At, bool Allowed)> answers,
        CancellationToken enough
    )
    {
        using var store = installation.As(installation.Issuer.ClientToken("store", "access.evaluate"), server.Url);
        var key = (long)(await installation.Database.RowsAsync($"select key from subject where id = '{Seed.Person(person)}'"))[0][0];
        var app = string.Create(CultureInfo.InvariantCulture, $"app-{(key % Seed.Roles == 0 ? Seed.Roles : key % Seed.Roles):00000}"); // whose rule names their role
        while (!enough.IsCancellationRequested)
        {
            using var response = await store.PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = Seed.Person(person) },
                    action = new { name = "download" },
                    resource = new { type = "app", id = app },
                },
                CancellationToken.None
            );
            var answer = (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>(CancellationToken.None))!;
            answers.Add((answer["context"]!["evaluated_at"]!.GetValue<DateTimeOffset>(), (bool)answer["decision"]!));
        }
    }
}
