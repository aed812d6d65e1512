namespace Entitlements.Faults;

/// <summary>One fault against one arm.</summary>
/// <param name="Healed">Every replica allowed again what is allowed, and every act came to an end.</param>
/// <param name="Output">What each replica has printed since the cluster began.</param>
internal sealed record Run(Fault Fault, Arm Arm, int Seed, Findings Findings, History History, bool Healed, IReadOnlyList<string> Output)
{
    /// <summary>The vulnerable arm failed, the others held.</summary>
    public bool IsAsExpected => Healed && (Arm == Arm.Vulnerable) == (Findings.Violations.Count > 0);

    /// <summary>Loads the cluster, injects the fault, and again until there are as many probative answers as asked for.</summary>
    /// <param name="probative">How many are needed; runs that end with fewer are inconclusive.</param>
    /// <param name="untilFailure">Goes on until a stale answer was seen: for the vulnerable arm.</param>
    /// <param name="longest">No new round after this time.</param>
    public static async Task<Run> DoAsync(Cluster cluster, Fault fault, int seed, int probative, bool untilFailure, TimeSpan longest)
    {
        var history = new History();
        var healed = true;
        bool IsEnough() =>
            history.Now() > longest.TotalMicroseconds
            || (Analysis.Of(history.Entries(), cluster.Lease) is var found && found.Probative >= probative && !(untilFailure && found.FirstFailure is null));
        await using (var checker = new Checker(cluster, history, seed))
        {
            checker.Start();
            await Storm.For(2);
            while (fault.Regresses && !IsEnough()) // afterwards nothing can be proven any more
            {
                await Storm.For(2);
            }
            do
            {
                await (cluster.Spent ? Storm.For(3) : fault.Inject(new Storm(cluster, history, new Random(seed))));
                healed = fault.Regresses || await RecoverAsync(cluster, history, checker.Calls);
                await Storm.For(1);
            } while (healed && !IsEnough());
        }
        foreach (var replica in healed ? [] : cluster.Replicas.Where(r => !r.Server.Running))
        {
            await Console.Error.WriteLineAsync($"*** {fault.Id} {cluster.Arm}: replica {replica.Index} ended by itself, exit code {replica.Server.ExitCode}");
        }
        cluster.Spent |= !healed;
        if (!fault.Regresses)
        {
            await ReadAuditAsync(cluster, history);
        }
        var output = await Task.WhenAll(cluster.Replicas.Select(replica => replica.OutputAsync()));
        return new Run(fault, cluster.Arm, seed, Analysis.Of(history.Entries(), cluster.Lease), history, healed, output);
    }

    /// <summary>Until each replica allows the one cell that is always open.</summary>
    private static async Task<bool> RecoverAsync(Cluster cluster, History history, Calls calls)
    {
        var from = history.Now();
        foreach (var replica in cluster.Replicas)
        {
            while (!(await calls.CheckAsync(World.Steady, replica.Index)).Allowed)
            {
                if (history.Now() - from > 180_000_000)
                {
                    return false;
                }
                await Task.Delay(10);
            }
            history.Add(
                new Entry
                {
                    Kind = Kind.Recovered,
                    Replica = replica.Index,
                    T0 = from,
                    T1 = history.Now(),
                }
            );
        }
        return true;
    }

    private static async Task ReadAuditAsync(Cluster cluster, History history)
    {
        var now = history.Now();
        foreach (var id in await cluster.Surviving.ReadAsync("select target from audit_event where kind = 'entitlement.issued'", Cluster.DatabaseName))
        {
            history.Add(
                new Entry
                {
                    Kind = Kind.Audited,
                    T0 = now,
                    T1 = now,
                    Key = id,
                }
            );
        }
        const string Silent =
            "select id from entitlement e where not exists (select 1 from audit_event a where a.kind = 'entitlement.issued' and a.target = e.id)";
        foreach (var id in await cluster.Surviving.ReadAsync(Silent, Cluster.DatabaseName))
        {
            history.Add(
                new Entry
                {
                    Kind = Kind.Unaudited,
                    T0 = now,
                    T1 = now,
                    Key = id,
                }
            );
        }
    }
}
