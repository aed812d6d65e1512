using Entitlements.Edge.Downloads;
using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <summary><c>GET|HEAD /v1/forward-auth</c>: may the holder of this token fetch this path from a server that we are not? Safe: it never redeems. 200, 401 or 403 (503 where no
/// answer is possible), never a redirect. Such servers check the start of a transfer and cannot cut a running one.</summary>
internal static class ForwardAuthEndpoint
{
    private const string Path = "/v1/forward-auth";
    private const string Artifacts = "/artifacts/";

    public static void MapForwardAuth(this IEndpointRouteBuilder routes)
    {
        Describe(routes.MapGet(Path, HandleAsync), "ForwardAuth")
            .WithSummary("For nginx auth_request, Traefik, Caddy and Envoy: may this token fetch this path now?");
        Describe(routes.MapMethods(Path, [HttpMethods.Head], HandleAsync), "ForwardAuthHead").WithSummary("The same, without a body.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name) =>
        route
            .WithName(name)
            .WithTags("Downloads")
            .AllowAnonymous() // the entitlement token is the credential
            .Produces(StatusCodes.Status200OK)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        EntitlementVerifier verifier,
        EntitlementRecords records,
        StorageGuard guard,
        TimeProvider clock,
        IOptions<ForwardAuthOptions> options
    )
    {
        http.Response.Headers.CacheControl = "no-store";
        if (EntitlementBearer.Read(http.Request) is not { } text)
        {
            return Challenge(http, "Bearer");
        }
        if (verifier.Read(text) is not { } token)
        {
            return Challenge(http, "Bearer error=\"invalid_token\"");
        }
        if (!Asks(http.Request.Headers[options.Value.PathHeader], token))
        {
            return Problems.Forbidden("wrong_path", "The token is not for this path.");
        }
        var isLive = await guard.OrAsync<bool?>(async () => await IsLiveAsync(token, records, clock), null);
        switch (isLive)
        {
            case true:
                http.Response.Headers["X-Entitlement-Subject"] = Uri.EscapeDataString(token.Subject); // a header holds no UTF-8
                return TypedResults.Ok();
            case false:
                return Problems.Forbidden("no_session", "The token has no live download session.");
            default:
                return Problems.Undecidable();
        }
    }

    /// <summary>Exactly one path, spelt the one way there is: whatever a file server would still normalise is refused.</summary>
    private static bool Asks(IReadOnlyList<string?> sent, EntitlementToken token) =>
        sent is [{ } uri] && (uri.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? uri[..query] : uri) == Artifacts + token.Sha256;

    private static async Task<bool> IsLiveAsync(EntitlementToken token, EntitlementRecords records, TimeProvider clock) =>
        await records.FindAsync(token.Id) is { Redemption: { } redemption } record
        && clock.GetUtcNow() < SessionClock.EndOf(redemption)
        && await records.JudgeAsync(record) is { MayGoOn: true } judgement
        && token.IsOf(judgement)
        && judgement.Truth.Revision >= token.Revision;

    private static IResult Challenge(HttpContext http, string challenge)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return Problems.Unauthorized("invalid_token");
    }
}
