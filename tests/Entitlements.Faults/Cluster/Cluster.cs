using System.Globalization;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Faults;

/// <summary>What is tried: the product, the product without any cache, and the product with its revocation wait taken out.</summary>
internal enum Arm
{
    Product,
    Strict,
    Vulnerable,
}

/// <summary>What a fault needs of the cluster beyond the usual.</summary>
internal enum Ground
{
    Usual,

    /// <summary>Gateways whose lease clock can be tampered with; the vulnerable arm is no other build then, but suffers more than was promised.</summary>
    StopwatchLease,

    /// <summary>File systems of their own, small, for the primary's data, for its log, and for what the gateways print.</summary>
    SmallDisks,
}

/// <summary>
/// A primary with a synchronous standby, which has a standby of its own (so that it can be promoted and still be synchronous), Redis, three
/// gateway processes of one arm with a <see cref="Link"/> to each server, and HAProxy in front. All on free ports of loopback.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    public const string DatabaseName = "entitlements";

    /// <summary>L of the campaign.</summary>
    public static readonly TimeSpan UsualLease = TimeSpan.FromSeconds(1);

    private readonly string _root = Directory.CreateTempSubdirectory("entitlements-faults-").FullName;
    private readonly Reaper _reaper;
    private readonly List<IAsyncDisposable> _parts = [];

    public Arm Arm { get; }
    public Ground Ground { get; }
    public PostgresNode Primary { get; private set; } = null!;
    public PostgresNode Standby { get; private set; } = null!;
    public PostgresNode Cascade { get; private set; } = null!;
    public RedisNode Redis { get; private set; } = null!;
    public TestIssuer Issuer { get; private set; } = null!;
    public IReadOnlyList<Replica> Replicas { get; private set; } = [];
    public int BalancerPort { get; } = ServerProcess.FreePort();
    public World World { get; private set; } = null!;

    /// <summary>The server that holds the truth now.</summary>
    public PostgresNode Surviving { get; set; } = null!;

    /// <summary>A fault destroyed it: nothing else can run on it.</summary>
    public bool Spent { get; set; }

    /// <summary>L. Longer where its own error is looked at, so that the machine's hesitations are short beside it.</summary>
    public TimeSpan Lease => Ground == Ground.StopwatchLease ? UsualLease * 4 : UsualLease;

    /// <summary>What gateways print goes there on <see cref="Ground.SmallDisks"/>.</summary>
    public IReadOnlyList<SmallDisk> LogDisks { get; private set; } = [];

    private Cluster(Arm arm, Ground ground)
    {
        (Arm, Ground) = (arm, ground);
        _reaper = new Reaper(_root);
    }

    public static async Task<Cluster> StartAsync(Arm arm, Ground ground = Ground.Usual)
    {
        var cluster = new Cluster(arm, ground);
        try
        {
            await cluster.StartServersAsync();
            await cluster.StartReplicasAsync(3);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Uri UrlOf(int? replica) => replica is { } index ? Replicas[index].Url : new($"http://127.0.0.1:{BalancerPort}");

    public Task StartReplicaAsync(Replica replica, IReadOnlyDictionary<string, string>? more = null) => replica.StartAsync(Dll(), more);

    /// <summary>A path that every server may read, in the folder that goes away with the cluster.</summary>
    public string PathOf(string file) => Path.Combine(_root, file);

    /// <summary><c>entitlements</c> with these words, as an operator of this arm runs it.</summary>
    public Task CommandAsync(params string[] words) => Replicas[0].CommandAsync(Dll(), words);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts.AsEnumerable().Reverse())
        {
            await part.DisposeAsync();
        }
        await _reaper.DisposeAsync();
    }

    private async Task StartServersAsync()
    {
        await ServerProcess.RunAsync("chmod", "0711", _root); // servers that run as postgres pass through
        Issuer = Kept(await TestIssuer.StartAsync());
        Issuer.TokenLife = TimeSpan.FromDays(1); // a cluster is used for hours, and clocks jump
        Redis = Kept(await RedisNode.StartAsync(_root));
        Surviving = Primary = Kept(await PostgresNode.StartPrimaryAsync(_root, Ground == Ground.SmallDisks));
        await Primary.ExecuteAsync($"create database {DatabaseName}", "postgres");
        Standby = Kept(await PostgresNode.StartStandbyAsync(_root, "standby", Primary));
        Cascade = Kept(await PostgresNode.StartStandbyAsync(_root, "cascade", Standby));
        foreach (var node in (PostgresNode[])[Primary, Standby])
        {
            await File.AppendAllTextAsync(node.Config, $"synchronous_standby_names = '{PostgresNode.Standbys}'\n");
            await node.ExecuteAsync("select pg_reload_conf()", "postgres");
        }
    }

    private async Task StartReplicasAsync(int count)
    {
        if (Ground == Ground.SmallDisks)
        {
            LogDisks = [.. Enumerable.Range(0, count).Select(i => Kept(SmallDisk.Mount(Replica.FolderOf(_root, i), "16m")))];
        }
        Replicas = [.. Enumerable.Range(0, count).Select(i => Kept(new Replica(_root, i, new Link(Primary.Port), new Link(Redis.Port), Settings())))];
        await StartReplicaAsync(Replicas[0]); // brings the schema up to date
        World = new World(Issuer);
        await World.ArrangeAsync(Primary.ConnectionTo(DatabaseName));
        await World.StoreArtifactAsync(Path.Combine(_root, "artifacts"));
        await Task.WhenAll(Replicas.Skip(1).Select(replica => StartReplicaAsync(replica)));
        Kept(await Balancer.StartAsync(_root, BalancerPort, Replicas.Select(r => r.Port)));
    }

    private Dictionary<string, string> Settings()
    {
        return new(StringComparer.Ordinal)
        {
            ["PublicUrl"] = UrlOf(null).GetLeftPart(UriPartial.Authority),
            ["Database__Provider"] = "Postgres",
            ["Database__Durability"] = "Replicated",
            ["Consistency__Mode"] = Arm == Arm.Strict ? "Strict" : "Leased",
            ["Consistency__Lease"] = Lease.ToString("c", CultureInfo.InvariantCulture),
            ["Demo__Enabled"] = "false",
            ["Identity__RequireHttpsMetadata"] = "false",
            ["Identity__Providers__0__Authority"] = Issuer.Authority,
            ["Identity__Providers__0__Tenants__0"] = "platform",
            ["Identity__Providers__0__Tenants__1"] = World.Tenant,
            ["Identity__Providers__0__StepUp__AcrValues__0"] = TestIssuer.StrongAcr,
            ["Artifacts__Root"] = Path.Combine(_root, "artifacts"),
            ["Issuance__HourlyQuota"] = "100000",
            ["RateLimits__CallerPerSecond"] = "1000000",
            ["RateLimits__AnonymousPerSecond"] = "1000000",
            ["RateLimits__AddressPerSecond"] = "1000000",
            ["Logging__LogLevel__Default"] = "Warning",
        };
    }

    private T Kept<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>All were built with the tests, in the same configuration.</summary>
    private string Dll()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // tests/Entitlements.Faults/bin/{configuration}/net10.0
        var build =
            Ground == Ground.StopwatchLease ? "vulnerable/Stopwatch"
            : Arm == Arm.Vulnerable ? "vulnerable/NoWait"
            : "";
        var gateway = Path.Combine(Repository.Root, "src", "Entitlements.Gateway", "bin", build);
        var dll = Path.Combine(gateway, output.Parent!.Name, output.Name, "Entitlements.Gateway.dll");
        return File.Exists(dll) ? dll : throw new InvalidOperationException($"{dll} was not built");
    }
}

internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo folder) =>
        File.Exists(Path.Combine(folder.FullName, "Entitlements.sln"))
            ? folder.FullName
            : Find(folder.Parent ?? throw new InvalidOperationException("Entitlements.sln is not above the tests"));
}
