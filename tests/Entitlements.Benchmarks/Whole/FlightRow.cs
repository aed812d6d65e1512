using System.Net.Http.Json;

namespace Entitlements.Benchmarks.Whole;

/// <summary>P13: how often the truth is read when a thousand ask the same at once; how many cached decisions one revocation costs.</summary>
internal static class FlightRow
{
    private const int Callers = 1000;

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var first = await installation.JoinAsync("Leased");
        await Seed.PlantAsync(installation, 1000);
        using var store = installation.As(installation.Issuer.ClientToken("store", "access.evaluate"), first.Url);
        await AskAsync(store, 1);
        var reads = new List<double>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            var before = await ReadsAsync(first);
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => AskAsync(store, 100 + round)));
            reads.Add(await ReadsAsync(first) - before);
        }
        report.Add("P13 truth reads, 1000 callers of one cold key", reads, "<= 2");
        report.Add("P13 cached decisions lost by one revocation", [await LostAsync(installation, first, store)], "<= 2", "per affected");
    }

    /// <summary>A hundred people's decisions are in memory, one of them loses the role that counts.</summary>
    private static async Task<double> LostAsync(Installation installation, Server server, HttpClient store)
    {
        const int people = 100;
        await Task.WhenAll(Enumerable.Range(1, people).Select(i => AskAsync(store, i)));
        using var officer = installation.As(installation.Issuer.PersonToken("officer"), server.Url);
        foreach (var role in new[] { "role-1", "role-0" }) // app-00001 opens to these two
        {
            using var granted = await officer.PutAsJsonAsync($"/v1/tenants/north/roles/{role}/assignments/p-0000007?reason=benchmark", new { });
        }
        await Task.WhenAll(Enumerable.Range(1, people).Select(i => AskAsync(store, i)));
        var before = await ReadsAsync(server);
        var at = "/v1/tenants/north/roles/role-0/assignments/p-0000007";
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{at}?reason=benchmark");
        request.Headers.TryAddWithoutValidation("If-Match", (await officer.GetAsync(at)).Headers.ETag!.Tag);
        using var revoked = await officer.SendAsync(request);
        revoked.EnsureSuccessStatusCode();
        await Task.WhenAll(Enumerable.Range(1, people).Select(i => AskAsync(store, i)));
        return await ReadsAsync(server) - before;
    }

    /// <remarks>Metrics are told from a copy that may be 300 ms old.</remarks>
    private static async Task<double> ReadsAsync(Server server)
    {
        await Task.Delay(400);
        return await server.MetricAsync("entitlements_decisions_found", "\"truth\"");
    }

    private static async Task AskAsync(HttpClient store, int person)
    {
        using var answer = await store.PostAsJsonAsync(
            "/access/v1/evaluation",
            new
            {
                subject = new { type = "user", id = FormattableString.Invariant($"p-{person:0000000}") },
                action = new { name = "download" },
                resource = new { type = "app", id = "app-00001" },
            }
        );
        answer.EnsureSuccessStatusCode();
    }
}
