using Npgsql;

namespace Entitlements.Benchmarks.Whole;

/// <summary>
/// What a page of the inbox costs among a million requests: against the plain page that the same gateway reads by one index in its order (<c>view=all</c>),
/// and, for the database alone, all its statements against that page's one.
/// </summary>
internal static class InboxRow
{
    private const int Requests = 1_000_000;
    private const int Open = 5_000;
    private const int People = 250_000;

    /// <summary>Pages of each kind in a round: enough for processor time, which is counted in hundredths of a second.</summary>
    private const int Pages = 200;
    private const int PlainPages = 2_000;
    private const int WarmUp = 500;
    private const string Plain = "select * from access_request where tenant = $1 order by submitted_at desc limit 50";

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var server = await installation.JoinAsync("Leased");
        await Seed.PlantAsync(installation, People);
        await RequestSeed.PlantAsync(installation, Requests, Open, People);
        var prepared = $"{installation.Database.Connection};Max Auto Prepare=100;Auto Prepare Min Usages=2";
        var preparing = await installation.JoinAsync("Leased", $"--ConnectionStrings:Database={prepared}");
        (string Name, string View, string Person, Server Server)[] pages =
        [
            ("inbox", "inbox", RequestSeed.Approver, server),
            ("inbox without delegations", "inbox", RequestSeed.Other, server),
            ("inbox, prepared", "inbox", RequestSeed.Approver, preparing),
            ("mine", "mine", Seed.Person(7), server),
            ("all", "all", "officer", server),
        ];
        foreach (var page in pages)
        {
            await OfPageAsync(installation, page.Server, page.View, page.Person, WarmUp);
        }
        var rounds = new List<Dictionary<string, Cost>>();
        for (var i = 0; i < plan.Rounds; i++)
        {
            var round = new Dictionary<string, Cost>(StringComparer.Ordinal) { ["plain"] = await OfPlainAsync(installation, installation.Database.Connection) };
            foreach (var page in pages)
            {
                round[page.Name] = await OfPageAsync(installation, page.Server, page.View, page.Person, Pages);
            }
            round["plain, prepared"] = await OfPlainAsync(installation, prepared);
            round["plain again"] = await OfPlainAsync(installation, installation.Database.Connection);
            rounds.Add(round);
        }
        report.AddControl("control: plain page / plain page, database CPU", [.. rounds.Select(r => r["plain again"].Database / r["plain"].Database)]);
        report.Add("plain page, database CPU", rounds.Select(r => r["plain"].Database), "-", "ms");
        report.Add("plain page, prepared, database CPU", rounds.Select(r => r["plain, prepared"].Database), "-", "ms");
        foreach (var (name, view, _, _) in pages.Where(p => p.Name != "all"))
        {
            var goal = view == "inbox" ? "<= 3" : "-";
            report.Add($"page of {name} / page of all, CPU of gateway and database", rounds.Select(r => r[name].Whole / r["all"].Whole), goal);
        }
        foreach (var (name, _, _, _) in pages)
        {
            report.Add($"page of {name} / plain page, database CPU", rounds.Select(r => r[name].Database / r["plain"].Database), "-");
            report.Add($"page of {name}, gateway CPU", rounds.Select(r => r[name].Gateway), "-", "ms");
        }
    }

    /// <summary>Processor time of one page, in milliseconds.</summary>
    private sealed record Cost(double Database, double Gateway)
    {
        public double Whole => Database + Gateway;
    }

    private static async Task<Cost> OfAsync(Installation installation, Server? server, int pages, Func<Task> read)
    {
        (int[] database, int[] gateway) = ([installation.Database.Id], server is null ? [] : [server.Id]);
        var before = (Database: Processes.Cpu(database), Gateway: Processes.Cpu(gateway));
        for (var i = 0; i < pages; i++)
        {
            await read();
        }
        return new((Processes.Cpu(database) - before.Database) / pages * 1e3, (Processes.Cpu(gateway) - before.Gateway) / pages * 1e3);
    }

    private static async Task<Cost> OfPageAsync(Installation installation, Server server, string view, string person, int pages)
    {
        using var http = installation.As(installation.Issuer.PersonToken(person), server.Url);
        return await OfAsync(
            installation,
            server,
            pages,
            async () =>
            {
                using var page = await http.GetAsync($"/v1/requests?view={view}");
                page.EnsureSuccessStatusCode();
                await page.Content.ReadAsByteArrayAsync();
            }
        );
    }

    private static async Task<Cost> OfPlainAsync(Installation installation, string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return await OfAsync(installation, server: null, PlainPages, () => PlainPageAsync(connection));
    }

    private static async Task PlainPageAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Plain, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "north" });
        await using var rows = await command.ExecuteReaderAsync();
        var values = new object[rows.FieldCount];
        while (await rows.ReadAsync())
        {
            rows.GetValues(values);
        }
    }
}
