using System.Globalization;

namespace Entitlements.Faults;

/// <summary>F21: new keys for signing and sealing under load; then the old ones go, and nothing that they signed or sealed counts any more.</summary>
/// <remarks>Keys are made by the gateway's own command. The hours that an old key is kept for are made to pass by dating its rows back.</remarks>
internal static class KeyFaults
{
    /// <summary>Seconds until every replica, which looks for keys every 10 s, has looked.</summary>
    private const double Looked = 12;

    /// <summary>Of all decisions, those that were read from the database because another replica's seal was not known.</summary>
    private const double MostMisses = 0.01;

    private const string Keys = "select kid from signing_key union all select id::text from mac_key where use = 'Entries'";

    public static async Task RotateAsync(Storm storm)
    {
        using var calls = storm.NewCalls();
        var cluster = storm.Cluster;
        var (found, misses) = (await DecisionsAsync(cluster), await MissesAsync(cluster));
        var old = await cluster.Primary.ReadAsync(Keys, Cluster.DatabaseName);
        await cluster.CommandAsync("keys", "rotate", "--reason", "campaign");
        await Storm.For(Looked);

        var (used, left) = (await IssuedAsync(storm, calls), await IssuedAsync(storm, calls)); // by the old key
        await SqlAsync(cluster, "update signing_key set signs_from = least(signs_from, now())");
        await Storm.For(Looked); // all sign by the new key
        foreach (var (id, token) in used)
        {
            Expect(201, await calls.RedeemAsync(World.Steady, id, token, storm.AnyReplica().Index), "what the old key signed is good while the key is there");
        }

        await SqlAsync(cluster, "update signing_key set created_at = created_at - interval '5 hours', signs_from = signs_from - interval '5 hours'");
        await SqlAsync(cluster, "update mac_key set created_at = created_at - interval '10 minutes' where use = 'Entries'");
        await Storm.For(Looked); // the old keys are deleted, and dropped by all
        if ((await cluster.Primary.ReadAsync(Keys, Cluster.DatabaseName)).Intersect(old, StringComparer.Ordinal).Any())
        {
            throw new InvalidOperationException("an old key is still on record");
        }
        foreach (var (id, token) in left)
        {
            // as of nobody's, so that a yes is a violation
            Expect(401, await calls.RedeemAsync(World.Never, id, token, storm.AnyReplica().Index), "what a removed key signed is nobody's");
        }
        (found, misses) = (await DecisionsAsync(cluster) - found, await MissesAsync(cluster) - misses);
        var told = string.Create(CultureInfo.InvariantCulture, $"by the rotation {misses} misses of {found} decisions");
        await Console.Out.WriteLineAsync($"F21: {told}");
        if (found == 0 || misses > MostMisses * found)
        {
            throw new InvalidOperationException(told);
        }
    }

    private static void Expect(int status, Entry answer, string why)
    {
        if (answer.Status != status)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{answer.Status}, not {status}: {why}"));
        }
    }

    /// <summary>Tokens not yet spent, one from each replica.</summary>
    private static async Task<List<(string Id, string Token)>> IssuedAsync(Storm storm, Calls calls)
    {
        List<(string, string)> issued = [];
        foreach (var replica in storm.All)
        {
            var (entry, token) = await calls.IssueAsync(World.Steady, replica);
            issued.Add((entry.Key!, token ?? throw new InvalidOperationException("nothing was issued to who may always have it")));
        }
        return issued;
    }

    private static Task<double> DecisionsAsync(Cluster cluster) => SumAsync(cluster, "entitlements_decisions_found", "");

    private static Task<double> MissesAsync(Cluster cluster) => SumAsync(cluster, "entitlements_decisions_rejected", "entitlements_cause=\"mac\"");

    private static async Task<double> SumAsync(Cluster cluster, string counter, string tag) =>
        (await Task.WhenAll(cluster.Replicas.Select(replica => replica.CounterAsync(counter, tag)))).Sum();

    private static Task SqlAsync(Cluster cluster, string sql) => cluster.Primary.ExecuteAsync(sql, Cluster.DatabaseName);
}
