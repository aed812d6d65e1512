using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;

namespace Entitlements.Gateway.Tests.Management;

/// <summary>A gateway on each database, shared by the people suites: every test names its own people and roles.</summary>
public sealed class PeopleGateways(PostgresServer postgres) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<TestGateway>> _gateways = new(StringComparer.Ordinal);
    private int _last;

    internal Task<TestGateway> OnAsync(string database) =>
        _gateways.GetOrAdd(
            database,
            key => postgres.StartGatewayAsync(key, ("Identity:Providers:0:Tenants:3", "east"), ("Identity:Providers:0:Tenants:4", "west"))
        );

    /// <summary>An id that nobody has yet.</summary>
    internal string New(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{Interlocked.Increment(ref _last)}x{_last * 7919}");

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _gateways.Values)
        {
            await (await started).DisposeAsync();
        }
    }
}

[CollectionDefinition(nameof(PeopleGateways))]
public sealed class PeopleCollection : ICollectionFixture<PeopleGateways>;

internal static class Managing
{
    public static async Task<HttpResponseMessage> WriteAsync(
        this HttpClient http,
        HttpMethod method,
        string path,
        object? body = null,
        string? etag = null,
        string? key = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (etag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        }
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }
        return await http.SendAsync(request);
    }

    public static Task<HttpResponseMessage> PutAsync(this HttpClient http, string path, object body, string? etag = null, string? key = null) =>
        http.WriteAsync(HttpMethod.Put, path, body, etag, key);

    public static async Task<JsonNode> ReadAsync(this HttpClient http, string path) => await (await http.GetAsync(path)).ShouldBeAsync(HttpStatusCode.OK);

    public static async Task<string> ETagAsync(this HttpClient http, string path) => (await http.GetAsync(path)).Headers.ETag!.Tag;

    public static async Task<string> CodeAsync(this HttpResponseMessage response, HttpStatusCode status) =>
        (await response.ShouldBeAsync(status))["type"]!.GetValue<string>().Replace("urn:entitlements:problem:", "", StringComparison.Ordinal);

    /// <summary>The id of the change that a 202 answered with.</summary>
    public static async Task<string> ChangeAsync(this HttpResponseMessage response)
    {
        var id = (await response.ShouldBeAsync(HttpStatusCode.Accepted))["change"]!.GetValue<string>();
        Assert.Equal($"/v1/changes/{id}", response.Headers.Location!.ToString());
        return id;
    }

    /// <summary>Votes on what the change says.</summary>
    public static async Task<HttpResponseMessage> VoteAsync(this HttpClient http, string change, string vote = "approve")
    {
        var shown = await http.ReadAsync($"/v1/changes/{change}");
        return await http.VoteAsync(change, shown["hash"]!.GetValue<string>(), shown["audience"]!, vote);
    }

    public static Task<HttpResponseMessage> VoteAsync(this HttpClient http, string change, string hash, JsonNode audience, string vote = "approve") =>
        http.PostAsJsonAsync(
            $"/v1/changes/{change}/votes",
            new
            {
                vote,
                hash,
                audience,
                reason = "seen and agreed",
            }
        );
}
