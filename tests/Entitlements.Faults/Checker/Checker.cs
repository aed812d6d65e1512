using System.Collections.Concurrent;

namespace Entitlements.Faults;

/// <summary>
/// The workload: three revokers, who probe every replica the moment a revocation is acknowledged; checkers through HAProxy and on each
/// replica; issues and redemptions that race; apps that are suspended. It knows the product by HTTP alone.
/// </summary>
/// <param name="seed">Of every random choice.</param>
internal sealed class Checker(Cluster cluster, History history, int seed) : IAsyncDisposable
{
    private const int Revokers = 3;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan AfterNoAnswer = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BetweenRaces = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan BetweenSuspensions = TimeSpan.FromMilliseconds(700);

    private readonly Calls _calls = new(cluster.World, cluster.UrlOf, history);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Cell, long> _granted = [];
    private readonly List<Task> _workers = [];

    private int?[] Everywhere => [null, .. cluster.Replicas.Select(r => (int?)r.Index)];

    public Calls Calls => _calls;

    public void Start()
    {
        var random = new Random(seed);
        var cells = cluster.World.Cells;
        for (var i = 0; i < Revokers; i++)
        {
            var own = cells.Where((_, n) => n % Revokers == i).ToList();
            _workers.Add(new Revoker(_calls, own, cluster.Replicas.Count, new Random(random.Next()), _granted).RunAsync(_stop.Token));
        }
        foreach (var via in Everywhere)
        {
            _workers.Add(CheckAsync(via, new Random(random.Next())));
        }
        _workers.Add(RaceAsync(new Random(random.Next())));
        _workers.Add(SuspendAsync(new Random(random.Next())));
    }

    /// <summary>Begins nothing new, and waits until what was begun has a definite end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_workers);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _calls.Dispose();
        _stop.Dispose();
    }

    private async Task CheckAsync(int? via, Random random)
    {
        Cell[] all = [.. cluster.World.Cells, World.Steady, World.Never];
        while (!_stop.IsCancellationRequested)
        {
            var cell = all[random.Next(all.Length)];
            var fresh = random.Next(10) == 0 && _granted.TryGetValue(cell, out var revision) ? revision : (long?)null;
            var answer = await _calls.CheckAsync(cell, via, fresh);
            await Task.Delay(answer.Status == 200 ? Breath : AfterNoAnswer);
        }
    }

    private async Task RaceAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var cell = cluster.World.Cells[random.Next(cluster.World.Cells.Count)];
            var (issued, token) = await _calls.IssueAsync(cell, Everywhere[random.Next(Everywhere.Length)]);
            if (token is not null)
            {
                await Task.WhenAll(Everywhere.Select(via => _calls.RedeemAsync(cell, issued.Key!, token, via)));
            }
            await Task.Delay(BetweenRaces);
        }
    }

    private async Task SuspendAsync(Random random)
    {
        while (!_stop.IsCancellationRequested && cluster.World.NextSuspendable() is { } cell)
        {
            await Task.WhenAll(cluster.Replicas.Select(replica => _calls.CheckAsync(cell, replica.Index)));
            var key = Guid.NewGuid().ToString("N");
            await Revoker.UntilDefiniteAsync(via => _calls.SuspendAsync(cell, key, via), cluster.Replicas.Count, random, _stop.Token);
            await Task.WhenAll(cluster.Replicas.SelectMany(replica => Enumerable.Range(0, 5).Select(_ => _calls.CheckAsync(cell, replica.Index))));
            await Task.Delay(BetweenSuspensions);
        }
    }
}
