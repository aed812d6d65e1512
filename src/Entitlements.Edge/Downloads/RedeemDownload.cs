using System.Text.Json;
using Entitlements.Client.Wire;
using Entitlements.Edge.Artifacts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Entitlements.Edge.Downloads;

/// <summary><c>POST /v1/downloads</c>: spends an entitlement token, exactly once, for a download session.</summary>
internal static class RedeemDownload
{
    private const int MostBodyBytes = 16 * 1024;

    /// <summary>Two readers cannot disagree on what passes.</summary>
    private static readonly JsonDocumentOptions OneReading = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    public static void MapRedeemDownload(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/downloads", HandleAsync)
            .WithName("RedeemDownload")
            .AllowAnonymous() // the token in the body is the credential
            .WithMetadata(new RequestSizeLimitAttribute(MostBodyBytes))
            .WithSummary("Redeems an entitlement token, exactly once.")
            .WithTags("Downloads")
            .Accepts<RedeemRequest>("application/json")
            .Produces<DownloadSession>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> HandleAsync(HttpContext context, IDownloadSessions sessions, IArtifacts artifacts, DownloadAddress address)
    {
        context.Response.Headers.CacheControl = "no-store";
        var (token, refusal) = await ReadTokenAsync(context.Request);
        if (token is null)
        {
            return refusal!;
        }

        if (!TryReadKey(context.Request, out var key))
        {
            return DownloadProblems.BadRequest("Idempotency-Key must be one value of 1 to 255 printable ASCII characters.");
        }

        var canServe = await artifacts.IsReachableAsync(context.RequestAborted);
        return await sessions.RedeemAsync(token, key, canServe) switch
        {
            RedeemOutcome.Created made => Created(made, address),
            RedeemOutcome.BadRequest bad => DownloadProblems.BadRequest(bad.Detail),
            RedeemOutcome.NotOurs => NotOurs(context),
            RedeemOutcome.Spent => DownloadProblems.Spent(),
            RedeemOutcome.Gone gone => DownloadProblems.Gone(gone.Problem),
            _ when !canServe => Later(context, DownloadProblems.NoStore()),
            _ => Later(context, DownloadProblems.Undecidable()),
        };
    }

    private static IResult Created(RedeemOutcome.Created made, DownloadAddress address)
    {
        var path = $"/v1/downloads/{made.Session}";
        return TypedResults.Created(path, new DownloadSession(made.Session, address.Origin + path, made.ExpiresAt, made.Release));
    }

    private static IResult NotOurs(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return DownloadProblems.NotOurs();
    }

    private static IResult Later(HttpContext context, IResult problem)
    {
        context.Response.Headers.RetryAfter = "2";
        return problem;
    }

    private static async Task<(string? Token, IResult? Refusal)> ReadTokenAsync(HttpRequest request)
    {
        if (
            !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        )
        {
            return (null, DownloadProblems.UnsupportedMediaType());
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, OneReading, request.HttpContext.RequestAborted);
            var faults = FaultsOf(body.RootElement);
            return faults.Count == 0 ? (body.RootElement.GetProperty("token").GetString(), null) : (null, DownloadProblems.BadBody(faults));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException) // the latter: half a surrogate pair in a name
        {
            return (null, DownloadProblems.BadBody(new() { [""] = ["must be JSON, with no member twice"] }));
        }
        catch (BadHttpRequestException fault)
        {
            request.HttpContext.Response.Headers.Connection = "close"; // where the message ends is in doubt, so nothing after it is read
            return (
                null,
                fault.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? DownloadProblems.TooLarge()
                    : DownloadProblems.BadRequest("The body did not arrive as it was announced.")
            );
        }
    }

    /// <summary>What is wrong, by JSON pointer (RFC 6901): the body is an object with the one member <c>token</c>.</summary>
    private static Dictionary<string, string[]> FaultsOf(JsonElement body)
    {
        var faults = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults[""] = ["must be an object"];
            return faults;
        }

        foreach (var member in body.EnumerateObject().Where(m => m.Name != "token").Take(20))
        {
            faults["/" + member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)] = ["is not known"];
        }

        if (!body.TryGetProperty("token", out var token))
        {
            faults["/token"] = ["is required"];
        }
        else if (token.ValueKind != JsonValueKind.String || !EntitlementBearer.IsTokenLike(token.GetString()))
        {
            faults["/token"] = ["must be an entitlement token"];
        }

        return faults;
    }

    private static bool TryReadKey(HttpRequest request, out string? key)
    {
        key = null;
        var sent = request.Headers["Idempotency-Key"];
        if (sent.Count == 0)
        {
            return true;
        }

        key = sent.Count == 1 && sent[0] is { Length: > 0 and <= 255 } one && !one.AsSpan().ContainsAnyExceptInRange('!', '~') ? one : null;
        return key is not null;
    }
}
