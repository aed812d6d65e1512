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

    public static void MapRedeemDownload(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/downloads", HandleAsync).WithName("RedeemDownload").AllowAnonymous() // the token in the body is the credential
            .WithMetadata(new RequestSizeLimitAttribute(MostBodyBytes))
            .WithSummary("Redeems an entitlement token, exactly once.").WithTags("Downloads")
            .Accepts<RedeemRequest>("application/json").Produces<DownloadSession>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
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
            return DownloadProblems.BadBody("Idempotency-Key must be one value of 1 to 255 printable ASCII characters.");
        }

        if (!await artifacts.IsReachableAsync(context.RequestAborted))
        {
            return Later(context, DownloadProblems.NoStore()); // better an unspent token than a session nobody can use
        }

        return await sessions.RedeemAsync(token, key) switch
        {
            RedeemOutcome.Created made => Created(made, address),
            RedeemOutcome.BadRequest bad => DownloadProblems.BadBody(bad.Detail),
            RedeemOutcome.NotOurs => NotOurs(context),
            RedeemOutcome.Spent => DownloadProblems.Spent(),
            RedeemOutcome.Gone gone => DownloadProblems.Gone(gone.Problem),
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
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, DownloadProblems.BadBody("The body must be application/json.", StatusCodes.Status415UnsupportedMediaType));
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync(request.Body, WireJson.Default.RedeemRequest, request.HttpContext.RequestAborted);
            return EntitlementBearer.IsTokenLike(body?.Token)
                ? (body!.Token, null)
                : (null, DownloadProblems.BadBody("\"token\" must be an entitlement token."));
        }
        catch (JsonException)
        {
            return (null, DownloadProblems.BadBody("The body must be a JSON object with one \"token\"."));
        }
        catch (BadHttpRequestException fault)
        {
            return (null, DownloadProblems.BadBody("The body is too long or did not arrive.", fault.StatusCode));
        }
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
