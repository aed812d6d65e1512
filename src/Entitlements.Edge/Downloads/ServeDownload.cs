using System.Diagnostics;

namespace Entitlements.Edge.Downloads;

/// <summary><c>GET|HEAD /v1/downloads/{id}</c>: the bytes, for who holds the token the session was redeemed with.</summary>
internal static class ServeDownload
{
    private const string Template = "/v1/downloads/{id}";

    public static void MapServeDownload(this IEndpointRouteBuilder routes)
    {
        Describe(routes.MapGet(Template, HandleAsync), "Download")
            .WithSummary("The file of a redeemed entitlement, or a range of it.")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream")
            .ProducesProblem(StatusCodes.Status416RangeNotSatisfiable)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
        Describe(routes.MapMethods(Template, [HttpMethods.Head], HandleAsync), "DownloadHead")
            .WithSummary("The headers of that file.")
            .Produces(StatusCodes.Status200OK);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name) =>
        route
            .WithName(name)
            .WithTags("Downloads")
            .AllowAnonymous() // the entitlement token is the credential, judged by the sessions
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> HandleAsync(string id, HttpContext context, IDownloadSessions sessions, DownloadStreamer streamer, TimeProvider clock)
    {
        Activity.Current?.SetTag("url.path", Template); // the id is a secret: no trace holds it
        context.Response.Headers.CacheControl = "private, no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.Vary = "Authorization";
        if (!SessionId.IsWellFormed(id))
        {
            return DownloadProblems.NotFound();
        }

        if (EntitlementBearer.Read(context.Request) is not { } token)
        {
            return Challenge(context, "Bearer");
        }

        var askedAt = clock.GetTimestamp();
        return await sessions.OpenAsync(id, token, context.RequestAborted) switch
        {
            OpenOutcome.Open opened => await streamer.AnswerAsync(context, id, token, opened, askedAt),
            OpenOutcome.Unauthorized => Challenge(context, "Bearer error=\"invalid_token\""),
            OpenOutcome.Forbidden => DownloadProblems.NotThisSession(),
            OpenOutcome.Gone gone => DownloadProblems.Gone(gone.Problem),
            _ => Later(context),
        };
    }

    private static IResult Challenge(HttpContext context, string challenge)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return DownloadProblems.NotOurs();
    }

    private static IResult Later(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return DownloadProblems.Undecidable();
    }
}
