using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Issuance.Keys;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>A gateway on each database, with a clock in the test's hands, shared by the request suites: every test names its own people and roles.</summary>
public sealed class RequestGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<RequestWorld>> _worlds = new(StringComparer.Ordinal);

    internal Task<RequestWorld> OnAsync(string database) => _worlds.GetOrAdd(database, key => RequestWorld.StartAsync(postgres, key));

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _worlds.Values)
        {
            await (await started).Gateway.DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(RequestGateways))]
public sealed class RequestCollection : ICollectionFixture<RequestGateways>;

/// <summary>What officers, approvers and administrators of north do about requests.</summary>
internal sealed class RequestWorld
{
    private int _last;

    private RequestWorld(TestGateway gateway, FakeTimeProvider clock) => (Gateway, Clock) = (gateway, clock);

    public TestGateway Gateway { get; }
    public FakeTimeProvider Clock { get; }

    public static async Task<RequestWorld> StartAsync(PostgresServer postgres, string database, params (string Key, string Value)[] settings)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var gateway = await postgres.StartGatewayAsync(
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock));
                services.RemoveWorkers(typeof(OutboxRelay), typeof(DeliveryWorker), typeof(AccreditationWatch), typeof(ApproverWatch), typeof(RotaWatch)); // they would work for every second, minute or hour that passes
                services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore); // two are stopped below
            },
            database,
            [("Webhooks:AllowedNetworks:0", "127.0.0.1/32"), .. settings]
        );
        await gateway.Services.GetRequiredService<RequestClock>().StopAsync(CancellationToken.None); // as often as the test says
        await gateway.Services.GetRequiredService<SigningKeyLoader>().StopAsync(CancellationToken.None); // or it would look for every 10 s that pass
        await gateway.AddCrowdAsync("north");
        return new(gateway, clock);
    }

    /// <summary>An id that nobody has yet.</summary>
    public string New(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{Interlocked.Increment(ref _last)}x{_last * 7919}");

    /// <summary>A person of north with these roles.</summary>
    public async Task<string> PersonAsync(params string[] roles)
    {
        var id = New("person");
        await Gateway.AddPersonAsync("north", id, roles);
        return id;
    }

    public HttpClient As(string person) => Gateway.As(person);

    /// <summary>A role that can be asked for.</summary>
    public async Task<string> RoleAsync(object? policy = null, object? role = null, params string[] voters)
    {
        var id = New("role");
        await (await As("north-role-admin").PutAsync($"/v1/tenants/north/roles/{id}", role ?? new { name = id, restricted = true })).ShouldBeAsync(
            HttpStatusCode.OK
        );
        await AskableAsync(id, policy, voters);
        return id;
    }

    /// <summary>Publishes how a role is asked for.</summary>
    public async Task AskableAsync(string role, object? policy = null, params string[] voters)
    {
        using var admin = As("north-role-admin");
        var path = $"/v1/tenants/north/roles/{role}/approval";
        var seen = await admin.GetAsync(path) is { StatusCode: HttpStatusCode.OK } known ? known.Headers.ETag!.Tag : null;
        await Gateway.PublishAsync(await admin.PutAsync(path, policy ?? Policy(), seen), voters is [] ? ["north-approver-1"] : voters);
    }

    /// <summary>One stage of approvers unless others are given.</summary>
    public static JsonObject Policy(params object[] stages) =>
        JsonNode
            .Parse(
                System.Text.Json.JsonSerializer.Serialize(
                    new
                    {
                        stages = stages is [] ? [Stage()] : stages,
                        longest_grant = "P30D",
                        default_grant = "PT8H",
                    }
                )
            )!
            .AsObject();

    public static JsonObject Stage(string role = "approver", int? votes = 1, string limit = "PT16H") =>
        JsonNode
            .Parse(
                System.Text.Json.JsonSerializer.Serialize(
                    new
                    {
                        approvers = new[] { new { role } },
                        votes,
                        time_limit = limit,
                    }
                )
            )!
            .AsObject();

    public async Task<HttpResponseMessage> AskAsync(string person, object body, string? key = null)
    {
        using var http = As(person);
        return await http.WriteAsync(HttpMethod.Post, "/v1/requests", body, key: key);
    }

    /// <summary>The id of a request for a role that was made.</summary>
    public async Task<string> AskedAsync(string person, string role, string reason = "on the rota") =>
        (string)(await (await AskAsync(person, new { role, reason })).ShouldBeAsync(HttpStatusCode.Created))["request"]!;

    public async Task<HttpResponseMessage> VoteAsync(string person, string request, string vote = "approve", object? until = null)
    {
        using var http = As(person);
        return await http.PostAsJsonAsync(
            $"/v1/requests/{request}/votes",
            new
            {
                vote,
                reason = "seen and considered",
                until,
            }
        );
    }

    public async Task<JsonNode> ReadAsync(string person, string request)
    {
        using var http = As(person);
        return await http.ReadAsync($"/v1/requests/{request}");
    }

    public async Task<string> StatusAsync(string person, string request) => (string)(await ReadAsync(person, request))["status"]!;

    /// <summary>Ids in a list, page by page.</summary>
    public async Task<List<string>> ListAsync(string person, string query, int limit = 500)
    {
        using var http = As(person);
        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = await http.ReadAsync($"/v1/requests?{query}&limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            ids.AddRange(page["items"]!.AsArray().Select(item => (string)item!["id"]!));
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);
        return ids;
    }

    /// <summary>What the engine says now of a person and an app.</summary>
    public async Task<JsonNode> EvaluateAsync(string person, string app)
    {
        using var http = As(person);
        return await (
            await http.PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = person },
                    action = new { name = "download" },
                    resource = new { type = "app", id = app },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
    }

    public async Task<bool> MayAsync(string person, string app) => (bool)(await EvaluateAsync(person, app))["decision"]!;

    /// <summary>The worker's pass, to its end.</summary>
    public async Task TidyAsync()
    {
        while (await Gateway.Services.GetRequiredService<RequestClock>().PassAsync() > 0) { }
    }
}
