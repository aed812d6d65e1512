using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Entitlements.Faults;

/// <summary>The calls of the checker, through HAProxy or to one replica; each is recorded.</summary>
/// <param name="urlOf">Address of a replica; null is HAProxy's.</param>
internal sealed class Calls(World world, Func<int?, Uri> urlOf, History history) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = Patience,
            MaxConnectionsPerServer = 256,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public Task<Entry> CheckAsync(Cell cell, int? via, long? minRevision = null)
    {
        var question = Question(cell);
        if (minRevision is { } min)
        {
            question["context"] = new JsonObject { ["min_revision"] = min };
        }
        var call = new Call(Kind.Check, cell, via, HttpMethod.Post, "/access/v1/evaluation", world.StoreToken) { Body = question };
        return SendAsync(
            call,
            (entry, answer) =>
                entry with
                {
                    MinRevision = minRevision,
                    Decision = (bool?)answer?["decision"],
                    Revision = (long?)answer?["context"]?["revision"],
                }
        );
    }

    /// <summary>The entitlement's token; null when none was issued.</summary>
    public async Task<(Entry Entry, string? Token)> IssueAsync(Cell cell, int? via)
    {
        string? token = null;
        var call = new Call(Kind.Issue, cell, via, HttpMethod.Post, "/v1/entitlements", world.StoreToken) { Body = Question(cell) };
        var issued = await SendAsync(
            call,
            (entry, answer) =>
            {
                token = entry.Status == 201 ? (string?)answer?["token"] : null;
                return entry with { Key = entry.Status == 201 ? (string?)answer?["id"] : null, Revision = (long?)answer?["revision"] };
            }
        );
        return (issued, token);
    }

    public Task<Entry> RedeemAsync(Cell cell, string id, string token, int? via)
    {
        var call = new Call(Kind.Redeem, cell, via, HttpMethod.Post, "/v1/downloads", null) { Body = new JsonObject { ["token"] = token } };
        return SendAsync(call, (entry, _) => entry with { Key = id });
    }

    /// <param name="key">The same for each attempt of one grant.</param>
    public Task<Entry> GrantAsync(Cell cell, string key, int? via) =>
        SendAsync(
            new Call(Kind.Grant, cell, via, HttpMethod.Put, AssignmentOf(cell), world.RoleAdminToken) { Key = key, Body = [] },
            (entry, answer) => entry with { Key = key, Revision = (long?)answer?["revision"] }
        );

    /// <summary>Reads which version stands, then ends it. Recorded is the second call.</summary>
    public async Task<Entry> RevokeAsync(Cell cell, string key, int? via)
    {
        var call = new Call(Kind.Revoke, cell, via, HttpMethod.Delete, $"{AssignmentOf(cell)}?reason=campaign", world.RoleAdminToken)
        {
            Key = key,
            IfMatch = await VersionAsync(cell, via),
        };
        return await SendAsync(call, (entry, answer) => Acknowledgement(entry, answer, key));
    }

    public Task<Entry> SuspendAsync(Cell cell, string key, int? via) =>
        SendAsync(
            new Call(Kind.Revoke, cell, via, HttpMethod.Post, $"/v1/apps/{cell.App}/suspend", world.AppOwnerToken)
            {
                Key = key,
                Body = new JsonObject { ["reason"] = "campaign" },
            },
            (entry, answer) => Acknowledgement(entry, answer, key)
        );

    public void Dispose() => _http.Dispose();

    private static Entry Acknowledgement(Entry entry, JsonNode? answer, string key) =>
        entry with
        {
            Key = key,
            Revision = (long?)answer?["revision"],
            Effective = (bool?)answer?["effective"],
        };

    private static string AssignmentOf(Cell cell) => $"/v1/tenants/{World.Tenant}/roles/{cell.Role}/assignments/{cell.Subject}";

    private static JsonObject Question(Cell cell) =>
        new()
        {
            ["subject"] = new JsonObject { ["type"] = "user", ["id"] = cell.Subject },
            ["action"] = new JsonObject { ["name"] = "download" },
            ["resource"] = new JsonObject { ["type"] = "app", ["id"] = cell.App },
        };

    private async Task<string?> VersionAsync(Cell cell, int? via)
    {
        using var request = new Call(Kind.Revoke, cell, via, HttpMethod.Get, AssignmentOf(cell), world.RoleAdminToken).ToRequest(urlOf(via));
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var response = await _http.SendAsync(request, patience.Token);
            return response.Headers.ETag?.ToString();
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return null; // the revocation will be told that it needs one
        }
    }

    private async Task<Entry> SendAsync(Call call, Func<Entry, JsonNode?, Entry> read)
    {
        using var request = call.ToRequest(urlOf(call.Via));
        using var patience = new CancellationTokenSource(Patience);
        var sent = new Entry
        {
            Kind = call.Kind,
            Cell = call.Cell.ToString(),
            Replica = call.Via,
            T0 = history.Now(),
            T1 = 0,
        };
        try
        {
            using var response = await _http.SendAsync(request, patience.Token); // returns after the last byte was read
            var answered = sent with { T1 = history.Now(), Status = (int)response.StatusCode, Replica = call.Via ?? ReplicaOf(response) };
            return history.Add(read(answered, Parse(await response.Content.ReadAsByteArrayAsync())));
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return history.Add(read(sent with { T1 = history.Now(), Error = fault.GetType().Name }, null));
        }
    }

    private static int? ReplicaOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Replica", out var said) && int.TryParse(said.First(), CultureInfo.InvariantCulture, out var replica) ? replica : null;

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // HAProxy's own pages
        }
    }

    private sealed record Call(Kind Kind, Cell Cell, int? Via, HttpMethod Method, string Path, string? Token)
    {
        public JsonObject? Body { get; init; }
        public string? Key { get; init; }
        public string? IfMatch { get; init; }

        public HttpRequestMessage ToRequest(Uri target)
        {
            var request = new HttpRequestMessage(Method, new Uri(target, Path));
            if (Token is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            }
            if (Key is not null)
            {
                request.Headers.Add("Idempotency-Key", Key);
            }
            if (IfMatch is not null)
            {
                request.Headers.Add("If-Match", IfMatch);
            }
            if (Body is not null)
            {
                request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Body)) { Headers = { ContentType = new("application/json") } };
            }
            return request;
        }
    }
}
