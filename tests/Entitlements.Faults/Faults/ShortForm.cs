using System.Globalization;

namespace Entitlements.Faults;

/// <summary>The part of the campaign that every run of the tests includes: each fault on the vulnerable arm, which must fail, then on the product, which must not.</summary>
[Trait("Suite", "faults")]
public sealed class ShortForm(Clusters clusters) : IClassFixture<Clusters>
{
    /// <summary>How much more the product must withstand than brought the vulnerable arm down.</summary>
    private const int Power = 10;

    private const int FewestProbative = 300;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(45);

    [Theory]
    [InlineData("F1")]
    [InlineData("F2")]
    [InlineData("F4")]
    [InlineData("F6")]
    [InlineData("F8")]
    [InlineData("F9")]
    [InlineData("F10")]
    public Task What_was_taken_away_stays_away_through(string fault) => TryAsync(Campaign.Find(fault), seed: 1);

    [Fact]
    public Task What_was_taken_away_stays_away_through_a_random_combination()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ENTITLEMENTS_FAULTS_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
        return TryAsync(Campaign.AnyCombination(seed), seed);
    }

    private async Task TryAsync(Fault fault, int seed)
    {
        var broken = await clusters.RunAsync(Arm.Vulnerable, fault, seed, 0, untilFailure: true, Longest);
        Tell(broken);
        Assert.True(
            broken.Findings.FirstFailure is not null,
            $"{fault.Id}, seed {seed}: the checker did not see the vulnerable arm fail, so it proves nothing. {broken.Findings}"
        );
        var needed = Math.Max(FewestProbative, Power * broken.Findings.FirstFailure!.Value);
        var product = await clusters.RunAsync(Arm.Product, fault, seed, needed, untilFailure: false, Longest);
        Tell(product);
        if (product.Findings.Violations.Count > 0)
        {
            await KeepAsync(product);
        }
        Assert.True(product.Findings.Violations.Count == 0, $"{fault.Id}, seed {seed}: {product.Findings}");
        Assert.True(product.Healed, $"{fault.Id}, seed {seed}: not every replica came back. {product.Findings}");
        Assert.True(product.Findings.Probative >= needed, $"{fault.Id}, seed {seed}: inconclusive, {needed} probative answers are needed. {product.Findings}");
    }

    private static void Tell(Run run) =>
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{run.Fault.Id} {run.Arm} seed {run.Seed}: {run.Findings}")
        );

    /// <summary>The history of a failed run, where nobody removes it.</summary>
    private static async Task KeepAsync(Run run)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "faults")).FullName;
        await run.History.WriteAsync(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{run.Fault.Id}-{run.Arm}-{run.Seed}.jsonl")));
    }
}

/// <summary>One cluster at a time, kept while arm, ground and state allow.</summary>
public sealed class Clusters : IAsyncDisposable
{
    private readonly Dictionary<Arm, Cluster> _clusters = [];
    private Ground _ground;

    internal async Task<Run> RunAsync(Arm arm, Fault fault, int seed, int probative, bool untilFailure, TimeSpan longest)
    {
        if (fault.Ground != _ground)
        {
            await DisposeAsync();
            _ground = fault.Ground;
        }
        if (!_clusters.TryGetValue(arm, out var cluster))
        {
            _clusters[arm] = cluster = await Cluster.StartAsync(arm, _ground);
        }
        try
        {
            return await Run.DoAsync(cluster, fault, seed, probative, untilFailure, longest);
        }
        catch
        {
            cluster.Spent = true; // what state it is in nobody knows
            throw;
        }
        finally
        {
            if (cluster.Spent)
            {
                _clusters.Remove(arm);
                await cluster.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Values)
        {
            await cluster.DisposeAsync();
        }
        _clusters.Clear();
    }
}
