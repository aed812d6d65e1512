using System.Collections.Concurrent;

namespace Entitlements.Faults;

/// <summary>
/// Opens and closes the cells that are its own, half of them open at any time. Once a closing is acknowledged it asks every replica at once
/// whether it is closed, and the cell stays closed until all have answered.
/// </summary>
/// <param name="granted">Revision at which each cell was last opened.</param>
internal sealed class Revoker(Calls calls, IReadOnlyList<Cell> cells, int replicas, Random random, ConcurrentDictionary<Cell, long> granted)
{
    private const int ProbesEach = 8;
    private readonly Queue<(Cell Cell, Task Probes)> _closed = new(cells.Select(cell => (cell, Task.CompletedTask)));
    private readonly Queue<(Cell Cell, Task Warming)> _open = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await OpenAsync(stop);
            if (_open.Count > cells.Count / 2)
            {
                await CloseAsync(stop);
            }
        }
        await Task.WhenAll(_closed.Select(c => c.Probes).Concat(_open.Select(c => c.Warming)));
        await CloseAllAsync();
    }

    /// <summary>Sends the same request, with the same key, here and there until one answer is definite; null: stopped, and no answer for long.</summary>
    public static async Task<Entry?> UntilDefiniteAsync(Func<int?, Task<Entry>> attempt, int replicas, Random random, CancellationToken stop)
    {
        for (var afterStop = 0; afterStop < 20; afterStop += stop.IsCancellationRequested ? 1 : 0)
        {
            int? via = random.Next(replicas + 1) is var pick && pick < replicas ? pick : null;
            var entry = await attempt(via);
            if (entry is { Status: 200, Effective: not false } or { Status: 400 or 401 or 403 or 404 or 409 or 422 })
            {
                return entry;
            }
            await Task.Delay(50);
        }
        return null;
    }

    private async Task OpenAsync(CancellationToken stop)
    {
        var (cell, probes) = _closed.Dequeue();
        await probes;
        var key = Guid.NewGuid().ToString("N");
        var done = await UntilDefiniteAsync(via => calls.GrantAsync(cell, key, via), replicas, random, stop);
        granted[cell] = done?.Revision ?? 0;
        var warming = Task.WhenAll(Enumerable.Range(0, replicas).Select(replica => calls.CheckAsync(cell, replica, done?.Revision)));
        _open.Enqueue((cell, warming));
    }

    private async Task CloseAsync(CancellationToken stop)
    {
        var (cell, _) = _open.Dequeue();
        var (issued, token) = await calls.IssueAsync(cell, random.Next(replicas));
        var key = Guid.NewGuid().ToString("N");
        granted.TryRemove(cell, out _);
        var done = await UntilDefiniteAsync(via => calls.RevokeAsync(cell, key, via), replicas, random, stop);
        var probes = Enumerable.Range(0, replicas).Select(replica => ProbeAsync(cell, replica)).ToList();
        if (done is { Acknowledged: true })
        {
            probes.Add(calls.IssueAsync(cell, random.Next(replicas)));
        }
        if (token is not null)
        {
            probes.Add(calls.RedeemAsync(cell, issued.Key!, token, random.Next(replicas)));
        }
        _closed.Enqueue((cell, Task.WhenAll(probes)));
    }

    /// <summary>Half at once, so that some wait at a replica that is frozen; half one after another.</summary>
    private async Task ProbeAsync(Cell cell, int replica)
    {
        var atOnce = Enumerable.Range(0, ProbesEach / 2).Select(_ => calls.CheckAsync(cell, replica)).ToList();
        await Task.WhenAll(atOnce);
        for (var i = 0; i < ProbesEach / 2; i++)
        {
            await calls.CheckAsync(cell, replica);
        }
    }

    /// <summary>So that the next run finds the cells as the first did.</summary>
    private async Task CloseAllAsync()
    {
        foreach (var (cell, _) in _open)
        {
            var key = Guid.NewGuid().ToString("N");
            await UntilDefiniteAsync(via => calls.RevokeAsync(cell, key, via), replicas, random, new CancellationToken(canceled: true));
        }
    }
}
