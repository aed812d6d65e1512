using System.Net;
using System.Net.Http.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Entitlements.Gateway.Tests.Consistency;

/// <summary>
/// Two replicas on one PostgreSQL, leased. App <c>notebook</c> of <c>north</c> is open to <c>beat</c>, which nobody restricts; <c>officer</c> holds it.
/// </summary>
internal sealed class Replicas : IAsyncDisposable
{
    private readonly List<TestGateway> _all = [];

    public required string Database { get; init; }
    public TestGateway First => _all[0];
    public TestGateway Second => _all[1];
    public IReadOnlyList<TestGateway> All => _all;

    public static Task<Replicas> StartAsync(PostgresServer postgres, params (string Key, string Value)[] settings) =>
        StartAsync(services: null, postgres, settings);

    public static async Task<Replicas> StartAsync(Action<IServiceCollection>? services, PostgresServer postgres, params (string Key, string Value)[] settings)
    {
        var replicas = new Replicas { Database = await postgres.CreateDatabaseAsync() };
        (string, string)[] leased = [("Consistency:Mode", "Leased"), .. settings];
        replicas._all.Add(await TestGateway.StartAsync(services, replicas.Database, leased));
        await replicas.OpenNotebookAsync();
        replicas._all.Add(TestGateway.Join(replicas.First, replicas.Database, leased));
        return replicas;
    }

    public TestGateway Join(params (string Key, string Value)[] settings)
    {
        var one = TestGateway.Join(First, Database, [("Consistency:Mode", "Leased"), .. settings]);
        _all.Add(one);
        return one;
    }

    public static async Task<HttpResponseMessage> AskAsync(TestGateway replica, long? minRevision = null, string person = "officer") =>
        await replica
            .AsClient("store", Scopes.Evaluate)
            .PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = person },
                    action = new { name = "download" },
                    resource = new { type = "app", id = "notebook" },
                    context = new { min_revision = minRevision ?? 0 },
                }
            );

    public static async Task<bool> MayAsync(TestGateway replica, long? minRevision = null)
    {
        var answer = await (await AskAsync(replica, minRevision)).ShouldBeAsync(HttpStatusCode.OK);
        return (bool)answer["decision"]!;
    }

    /// <summary>Asks again and again until the answer is the one awaited. What has not come after minutes does not come.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await holds())
        {
            Assert.False(patience.IsCancellationRequested, "what was awaited did not come");
            await Task.Yield();
        }
    }

    public static Task UntilAnswersAsync(TestGateway replica, HttpStatusCode status) => UntilAsync(async () => (await AskAsync(replica)).StatusCode == status);

    public const string Assignment = "/v1/tenants/north/roles/beat/assignments/officer";

    public static async Task<HttpResponseMessage> RevokeAsync(TestGateway by, string? key = null)
    {
        var admin = by.As("north-role-admin");
        var current = await admin.GetAsync(Assignment);
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{Assignment}?reason=test");
        request.Headers.TryAddWithoutValidation("If-Match", current.Headers.ETag?.Tag ?? "\"0\"");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }
        return await admin.SendAsync(request);
    }

    /// <returns>The revision.</returns>
    public static async Task<long> GrantAsync(TestGateway by)
    {
        var answer = await (await by.As("north-role-admin").PutAsJsonAsync($"{Assignment}?reason=test", new { })).ShouldBeAsync(HttpStatusCode.OK);
        return (long)answer["revision"]!;
    }

    /// <summary>One platform administrator proposes, who may not vote; the other votes.</summary>
    public async Task EndSafeModeAsync()
    {
        var (admin, other) = (First.As("platform-admin-1"), Second.As("platform-admin-2"));
        var proposed = await (await admin.DeleteAsync("/v1/installation/safe-mode?reason=test")).ShouldBeAsync(HttpStatusCode.Accepted);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync(First)).StatusCode);
        var change = await (await other.GetAsync($"/v1/changes/{proposed["change"]}")).ShouldBeAsync(HttpStatusCode.OK);
        var vote = new
        {
            vote = "approve",
            hash = (string)change["hash"]!,
            audience = new { before = 0, after = 0 },
            reason = "test",
        };
        await (await admin.PostAsync($"/v1/changes/{proposed["change"]}/votes", vote)).ShouldBeAsync(HttpStatusCode.Forbidden);
        await (await other.PostAsync($"/v1/changes/{proposed["change"]}/votes", vote)).ShouldBeAsync(HttpStatusCode.OK);
    }

    public async Task<object?> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task OpenNotebookAsync()
    {
        await First.RegisterClientAsync("store", ["north"], Scopes.Evaluate, Scopes.Issue);
        await First.InDatabaseAsync(async db =>
        {
            db.Roles.Add(
                new()
                {
                    Tenant = "north",
                    Id = "beat",
                    Name = "Beat officer",
                }
            );
            db.Apps.Add(
                new()
                {
                    Type = Resource.App,
                    Id = "notebook",
                    Skeleton = "notebook",
                    Owner = "north",
                    Name = "Notebook",
                }
            );
            db.Rules.Add(
                new()
                {
                    Tenant = "north",
                    Type = Resource.App,
                    App = "notebook",
                    Action = "download",
                    InForceUntil = DateTimeOffset.UnixEpoch.AddYears(99),
                    Roles = ["beat"],
                    Device = DeviceCondition.None,
                }
            );
            db.Artifacts.Add(
                new()
                {
                    Sha256 = new string('a', 64),
                    Size = 1,
                    Blocks = new byte[32],
                }
            );
            db.Releases.Add(
                new()
                {
                    App = "notebook",
                    ReleaseVersion = "1.0",
                    Platform = "android",
                    Sha256 = new string('a', 64),
                    PublishedAt = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        await First.AddPersonAsync("north", "officer");
        await GrantAsync(First);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _all.AsEnumerable().Reverse())
        {
            await replica.DisposeAsync();
        }
    }
}
