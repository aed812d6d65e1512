namespace Entitlements.Faults;

/// <summary>What a fault has in hand: the cluster, its random choices, and the history in which it declares what it does.</summary>
internal sealed class Storm(Cluster cluster, History history, Random random)
{
    public Cluster Cluster => cluster;
    public Random Random => random;
    public IReadOnlyList<int> All { get; } = [.. cluster.Replicas.Select(r => r.Index)];

    /// <summary>Calls that are recorded beside those of the workload.</summary>
    public Calls NewCalls() => new(cluster.World, cluster.UrlOf, history);

    /// <summary>Microseconds, as in <see cref="Entries"/>.</summary>
    public long Now => history.Now();

    public IReadOnlyList<Entry> Entries() => history.Entries();

    public Replica AnyReplica() => cluster.Replicas[random.Next(cluster.Replicas.Count)];

    /// <summary>The state of things lasts this long: the workload goes on.</summary>
    public static Task For(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds));

    /// <summary>From now until disposal these replicas cannot reach the truth.</summary>
    /// <param name="writes">Nor can any commit succeed.</param>
    public IDisposable Outage(IReadOnlyList<int> replicas, bool writes = false) => new Declared(history, Kind.Outage, replicas, writes);

    /// <summary>From now until disposal these replicas do not run.</summary>
    public IDisposable Absence(params IReadOnlyList<int> replicas) => new Declared(history, Kind.Absence, replicas, writes: false);

    private sealed class Declared(History history, Kind kind, IReadOnlyList<int> replicas, bool writes) : IDisposable
    {
        private readonly long _from = history.Now();

        public void Dispose() =>
            history.Add(
                new Entry
                {
                    Kind = kind,
                    T0 = _from,
                    T1 = history.Now(),
                    Replicas = replicas,
                    Writes = writes,
                }
            );
    }
}
