using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Entitlements.Gateway.Tests.Telling;

/// <summary>Answers as GOV.UK Notify documents its REST API, and lets nobody in whose token is not signed by the key, of the service, and fresh.</summary>
internal sealed class NotifyStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _service = Guid.NewGuid().ToString("D");
    private readonly string _secret = Guid.NewGuid().ToString("D");
    private readonly ConcurrentQueue<int> _answers = [];
    private readonly ConcurrentQueue<JsonObject> _taken = [];
    private readonly ConcurrentDictionary<string, string> _states = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("entnotify-").FullName;

    private NotifyStub()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v2/notifications/{channel}", TakeAsync);
        _app.MapGet("/v2/notifications/{id}", TellAsync);
        File.WriteAllText(KeyFile, $"test-{_service}-{_secret}\n");
    }

    public string Url => _app.Urls.First();
    public string KeyFile => Path.Combine(_folder, "key");

    /// <summary>What it took: channel and body.</summary>
    public IReadOnlyList<JsonObject> Taken => [.. _taken];

    /// <summary>What becomes of what it takes.</summary>
    public string Fate { get; set; } = "delivered";

    /// <summary>Calls that it did not let in.</summary>
    public int Refused { get; private set; }

    public static async Task<NotifyStub> StartAsync()
    {
        var stub = new NotifyStub();
        await stub._app.StartAsync();
        return stub;
    }

    public void AnswerNext(params int[] statuses) => Array.ForEach(statuses, _answers.Enqueue);

    private async Task<IResult> TakeAsync(string channel, HttpRequest request)
    {
        if (!await IsTrustedAsync(request))
        {
            return Fault(403, "AuthError", "Invalid token: signature, api token is not valid");
        }
        if (_answers.TryDequeue(out var status) && status != 201)
        {
            return status == 429 ? Fault(429, "RateLimitError", "Exceeded rate limit for key type LIVE") : Fault(status, "Error", "as the test says");
        }
        var body = (await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!;
        body["channel"] = channel;
        var id = Guid.NewGuid().ToString("D");
        _taken.Enqueue(body);
        _states[id] = Fate;
        return Results.Json(
            new
            {
                id,
                reference = (string?)body["reference"],
                uri = $"{Url}/v2/notifications/{id}",
                content = new { body = "text", from_number = "GOVUK" },
                template = new
                {
                    id = (string?)body["template_id"],
                    version = 1,
                    uri = "x",
                },
            },
            statusCode: 201
        );
    }

    private async Task<IResult> TellAsync(string id, HttpRequest request) =>
        !await IsTrustedAsync(request) ? Fault(403, "AuthError", "Invalid token")
        : _states.TryGetValue(id, out var state) ? Results.Json(new { id, status = state })
        : Fault(404, "NoResultFound", "No result found");

    private async Task<bool> IsTrustedAsync(HttpRequest request)
    {
        var token = request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            token,
            new()
            {
                ValidIssuer = _service,
                ValidateAudience = false,
                ValidateLifetime = false,
                RequireExpirationTime = false,
                ValidAlgorithms = ["HS256"],
                IssuerSigningKey = new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(_secret)),
            }
        );
        var isFresh = result.IsValid && (TimeProvider.System.GetUtcNow().UtcDateTime - new JsonWebToken(token).IssuedAt).Duration() < TimeSpan.FromSeconds(30);
        Refused += isFresh ? 0 : 1;
        return isFresh;
    }

    private static IResult Fault(int status, string error, string message) =>
        Results.Json(new { status_code = status, errors = new[] { new { error, message } } }, statusCode: status);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
