using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Entitlements.Benchmarks.Whole;

/// <summary>P12: how long a revocation takes to be in force on three healthy replicas.</summary>
internal static class RevocationRow
{
    private const int Revocations = 200;
    private const int WarmUp = 20;

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var first = await installation.JoinAsync("Leased");
        await Seed.PlantAsync(installation, 1000);
        await installation.JoinAsync("Leased");
        await installation.JoinAsync("Leased");
        using var officer = installation.As(installation.Issuer.PersonToken("officer"), first.Url);
        var took = new List<double>();
        for (var i = 1; i <= Revocations + WarmUp; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"/v1/tenants/north/roles/{Seed.Spare}/assignments/p-{i:0000000}");
            using var granted = await officer.PutAsJsonAsync($"{at}?reason=benchmark", new { });
            granted.EnsureSuccessStatusCode();
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"{at}?reason=benchmark");
            request.Headers.TryAddWithoutValidation("If-Match", (await officer.GetAsync(at)).Headers.ETag!.Tag);
            var started = Stopwatch.GetTimestamp();
            using var revoked = await officer.SendAsync(request);
            if (i > WarmUp)
            {
                took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            if (revoked.StatusCode != System.Net.HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"not in force: {revoked.StatusCode}");
            }
        }
        took.Sort();
        report.Add("P12 revocation in force on 3 replicas, p50", [took[took.Count / 2]], "<= 25", "ms");
        report.Add("P12 revocation in force on 3 replicas, p99", [took[took.Count * 99 / 100]], "<= 150", "ms");
    }
}
