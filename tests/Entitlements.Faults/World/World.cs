using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Gateway.Tests.Gateways;
using Npgsql;

namespace Entitlements.Faults;

/// <summary>One (subject, app) pair. The role that opens the app is the app's own, so that each cell is opened and closed by one assignment.</summary>
internal sealed record Cell(string Subject, string App)
{
    /// <summary>The only role of the app's rule; unrestricted.</summary>
    public string Role => $"holder-of-{App}";

    public override string ToString() => $"{Subject}/{App}";
}

/// <summary>
/// Tenant <c>north</c> as the checker finds it: 24 cells closed, one that is always open, one that never is, and many that are open until
/// their app is suspended, once. Written by SQL, so that it does not depend on what is tested.
/// </summary>
internal sealed class World(TestIssuer issuer)
{
    public const string Tenant = "north";
    private const int Subjects = 6;
    private const int Apps = 4;
    private const int Suspendables = 300;
    private static readonly byte[] Artifact = Encoding.UTF8.GetBytes("the bytes of every app here");
    private int _suspended;

    /// <summary>Opened and closed by the checker.</summary>
    public IReadOnlyList<Cell> Cells { get; } =
    [.. from s in Enumerable.Range(1, Subjects) from a in Enumerable.Range(1, Apps) select new Cell($"person-{s}", $"app-{a}")];

    /// <summary>Never closed.</summary>
    public static Cell Steady { get; } = new("steady", "steady-app");

    /// <summary>Never opened.</summary>
    public static Cell Never { get; } = new("stranger", "steady-app");

    public string StoreToken { get; } = issuer.ClientToken("store", "access.evaluate", "entitlements.issue", "entitlements.redeem");
    public string RoleAdminToken { get; } = issuer.PersonToken("north-role-admin");
    public string AppOwnerToken { get; } = issuer.PersonToken("north-app-owner");

    /// <summary>An open cell whose app nobody has suspended yet; null when all are used up.</summary>
    public Cell? NextSuspendable() => Interlocked.Increment(ref _suspended) is var next && next <= Suspendables ? new(Steady.Subject, Suspendable(next)) : null;

    public async Task ArrangeAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var arrange = new NpgsqlCommand(Sql(), connection);
        await arrange.ExecuteNonQueryAsync();
    }

    public static async Task StoreArtifactAsync(string root)
    {
        var file = Path.Combine(root, Digest[..2], Digest);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, Artifact);
    }

    private static string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Artifact));

    private static string Suspendable(int number) => string.Create(CultureInfo.InvariantCulture, $"suspendable-{number}");

    private string Sql()
    {
        var functions = new[] { "role-admin", "app-owner", "approver", "data-protection-officer", "auditor", "service-desk" };
        var apps = Cells.Select(c => c.App).Distinct().Append(Steady.App).Concat(Enumerable.Range(1, Suspendables).Select(Suspendable)).ToList();
        var people = Cells.Select(c => c.Subject).Distinct().Concat([Steady.Subject, Never.Subject, "north-role-admin", "north-app-owner"]);
        var roles = apps.Select(app => new Cell("", app).Role).ToList();
        var held = roles.Skip(Apps).Select(role => (Steady.Subject, role)).Concat([("north-role-admin", "role-admin"), ("north-app-owner", "app-owner")]);
        return $"""
            insert into tenant (id, name, issuer, version) values ('{Tenant}', 'North', '{issuer.Authority}', 1);
            insert into role (tenant, id, name, sensitive, restricted, administrative, incompatible_with, deleted, version) values
              {Rows(functions, f => $"('{Tenant}', '{f}', '{f}', false, true, true, '[]', false, 1)")},
              {Rows(roles, r => $"('{Tenant}', '{r}', '{r}', false, false, false, '[]', false, 1)")};
            insert into subject (tenant, issuer, id, person, active, suspended, version) values
              {Rows(people, p => $"('{Tenant}', '{issuer.Authority}', '{p}', 'person-of-{p}', true, false, 1)")};
            insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
              select '{Tenant}', held.role, s.key, 'Admin', '2000-01-01Z', false, 1
              from (values {Rows(held, h => $"('{h.Item1}', '{h.Item2}')")}) held(subject, role) join subject s on s.id = held.subject;
            insert into client (issuer, client_id, tenants, scopes, functions, version)
              values ('{issuer.Authority}', 'store', '["{Tenant}"]', '["access.evaluate","entitlements.issue","entitlements.redeem"]', '[]', 1);
            insert into artifact (sha256, size, blocks) values ('{Digest}', {Artifact.Length}, '\x{Digest}');
            insert into app (type, id, skeleton, owner, name, distribution, visibility, high_risk, person_proof, version) values
              {Rows(apps, a => $"('app', '{a}', '{a}', '{Tenant}', '{a}', 'Artifact', 'Listed', false, false, 1)")};
            insert into assessment (app, tenant, outcome, in_force_until, grace, version) values
              {Rows(apps, a => $"('{a}', '{Tenant}', 'Approved', '2100-01-01Z', 0, 1)")};
            insert into rule (tenant, type, app, action, roles, device, in_force_until, approved_audience, alarmed_audience, version) values
              {Rows(apps, a => $"('{Tenant}', 'app', '{a}', 'download', '[\"{new Cell("", a).Role}\"]', 'None', '2100-01-01Z', 100, 0, 1)")};
            insert into release (app, release_version, platform, sha256, file_name, published_at, version) values
              {Rows(apps, a => $"('{a}', '1.0', 'android', '{Digest}', 'app.apk', '2000-01-01Z', 1)")};
            """;
    }

    private static string Rows<T>(IEnumerable<T> items, Func<T, string> row) => string.Join(",\n  ", items.Select(row));
}
