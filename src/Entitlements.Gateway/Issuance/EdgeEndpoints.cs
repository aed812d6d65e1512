using Entitlements.Client.Wire;
using Entitlements.Edge.Downloads;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Issuance;

/// <summary>
/// <c>/v1/edge/*</c>: what an edge on its own asks, as a client with <c>entitlements.redeem</c> of the token's tenant. 401 and 403 are about the edge; a token that is not ours,
/// or not of its tenants, is 404.
/// </summary>
internal static class EdgeEndpoints
{
    private const string Tag = "Edge";

    public static void MapEdge(this IEndpointRouteBuilder routes)
    {
        Describe(routes.MapPost("/v1/edge/redemptions", RedeemAsync))
            .WithName("EdgeRedeem")
            .WithSummary("Redeems a token for the edge's caller.")
            .Produces<EdgeRedemption>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        Describe(routes.MapPost("/v1/edge/sessions/{id}/open", OpenAsync))
            .WithName("EdgeOpen")
            .WithSummary("May this session be served now, and what?")
            .Produces<EdgeOpened>();
        Describe(routes.MapPost("/v1/edge/sessions/{id}/continue", ContinueAsync))
            .WithName("EdgeContinue")
            .WithSummary("May this stream go on?")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route) =>
        route
            .Permit(Scopes.Redeem)
            .WithTags(Tag)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> RedeemAsync(
        Body<EdgeRedeemRequest> body,
        HttpContext http,
        Caller caller,
        EntitlementVerifier verifier,
        IDownloadSessions sessions
    )
    {
        if (!IsOfTheirs(caller, verifier, body.Value.Token))
        {
            return Problems.NotFound();
        }
        var key = http.Request.Headers["Idempotency-Key"];
        if (key.Count > 1 || key is [{ Length: 0 or > 255 }])
        {
            return Problems.BadRequest("The Idempotency-Key must be one string of 1 to 255 characters.", "invalid_idempotency_key");
        }
        return await sessions.RedeemAsync(body.Value.Token, key, body.Value.CanServe) switch
        {
            RedeemOutcome.Created made => TypedResults.Json(
                new EdgeRedemption(made.Session, made.ExpiresAt, made.Release),
                StrictJson.Options,
                statusCode: StatusCodes.Status201Created
            ),
            RedeemOutcome.BadRequest bad => Problems.BadRequest(bad.Detail),
            RedeemOutcome.NotOurs => Problems.NotFound(),
            RedeemOutcome.Spent => Problems.Conflict("already_redeemed"),
            RedeemOutcome.Gone { Problem: var problem } => Gone(problem),
            _ => Problems.Undecidable(),
        };
    }

    private static async Task<IResult> OpenAsync(
        string id,
        Body<EdgeOpenRequest> body,
        Caller caller,
        EntitlementVerifier verifier,
        IDownloadSessions sessions,
        IOptions<EdgeLeaseOptions> lease,
        HttpContext http
    )
    {
        if (!IsOfTheirs(caller, verifier, body.Value.Token))
        {
            return Problems.NotFound();
        }
        return await sessions.OpenAsync(id, body.Value.Token, http.RequestAborted) switch
        {
            OpenOutcome.Open { Content: var content } => TypedResults.Ok(
                new EdgeOpened(
                    content.Sha256.Hex,
                    content.Size,
                    content.FileName,
                    content.ContentType,
                    content.Blocks.Bytes.ToArray(),
                    lease.Value.Lease.TotalSeconds
                )
            ),
            OpenOutcome.Unauthorized => Problems.NotFound(),
            OpenOutcome.Forbidden => Problems.Conflict("wrong_session"),
            OpenOutcome.Gone { Problem: var problem } => Gone(problem),
            _ => Problems.Undecidable(),
        };
    }

    /// <remarks>An edge counts each answer by itself, so only the time of its last byte is kept here.</remarks>
    private static async Task<IResult> ContinueAsync(
        string id,
        Body<EdgeContinueRequest> body,
        Caller caller,
        EntitlementVerifier verifier,
        IDownloadSessions sessions,
        HttpContext http
    )
    {
        if (!IsOfTheirs(caller, verifier, body.Value.Token))
        {
            return Problems.NotFound();
        }
        return await sessions.ContinueAsync(id, body.Value.Token, sent: 0, http.RequestAborted) switch
        {
            ContinueOutcome.GoOn => TypedResults.NoContent(),
            ContinueOutcome.Stop => Gone(IssuanceProblems.Ended),
            ContinueOutcome.Undecidable => Problems.Undecidable(),
        };
    }

    private static bool IsOfTheirs(Caller caller, EntitlementVerifier verifier, string token) =>
        caller is Caller.Client client && EntitlementBearer.IsTokenLike(token) && verifier.Read(token) is { } read && client.Tenants.Contains(read.Tenant);

    private static IResult Gone(Problem problem) =>
        TypedResults.Problem(
            type: problem.Type,
            title: problem.Title,
            detail: problem.Detail,
            statusCode: StatusCodes.Status410Gone,
            extensions: problem.Context is { } context ? [new("context", context)] : null
        );
}
