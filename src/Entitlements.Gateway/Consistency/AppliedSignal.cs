using System.Collections.Immutable;

namespace Entitlements.Gateway.Consistency;

/// <summary>Revisions that this replica has applied: what was judged on those scopes before may no longer hold.</summary>
/// <param name="Scopes">Null: any.</param>
internal sealed record Applied(long Revision, IReadOnlySet<string>? Scopes)
{
    /// <param name="evidence">What something rests on; null where that is not known yet.</param>
    public bool Touches(IReadOnlyList<string>? evidence) => Scopes is null || evidence is null || evidence.Any(Scopes.Contains);
}

/// <summary>Tells whoever must act on a revision before it is confirmed: a running download is cut before the revocation is acknowledged.</summary>
internal sealed class AppliedSignal
{
    private ImmutableList<Func<Applied, Task>> _watchers = [];

    /// <param name="watcher">Never throws: the revision is in force already.</param>
    public void Watch(Func<Applied, Task> watcher) => ImmutableInterlocked.Update(ref _watchers, all => all.Add(watcher));

    public Task TellAsync(Applied applied) => Task.WhenAll(_watchers.Select(watcher => watcher(applied)));
}
