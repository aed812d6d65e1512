using System.Collections.Immutable;

namespace Entitlements.Gateway.Storage;

/// <summary>Guards that a committed write raised: what was judged there before may no longer hold.</summary>
/// <param name="Everywhere">In every tenant.</param>
internal sealed record GuardsRaised(long Revision, IReadOnlySet<string> Tenants, bool Everywhere)
{
    public bool Covers(string tenant) => Everywhere || Tenants.Contains(tenant);
}

/// <summary>Tells whoever must act on a committed write before it is acknowledged: a running download is cut inside the revoking call.</summary>
internal sealed class GuardSignal
{
    private ImmutableList<Func<GuardsRaised, Task>> _watchers = [];

    /// <param name="watcher">Never throws: the write it is told of is already committed.</param>
    public void Watch(Func<GuardsRaised, Task> watcher) => ImmutableInterlocked.Update(ref _watchers, all => all.Add(watcher));

    public async Task TellAsync(GuardsRaised raised)
    {
        foreach (var watcher in _watchers)
        {
            await watcher(raised);
        }
    }
}
