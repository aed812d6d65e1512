using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Hosting;

/// <summary>Every refusal the host can give, as problem details with a stable type. Source: RFC 9457.</summary>
/// <remarks>Texts are ours alone: nothing of an exception or of the request's own values goes into them. <c>traceId</c> and <c>instance</c> are
/// added when the problem is written; a <c>retry_after</c> member, in seconds, is also sent as the <c>Retry-After</c> header.</remarks>
internal static class Problems
{
    /// <summary>Member that holds the seconds after which the caller may ask again.</summary>
    public const string RetryAfter = "retry_after";

    private const string Prefix = "urn:entitlements:problem:";

    /// <summary>400 with what is wrong at each place of the body.</summary>
    /// <param name="errors">JSON pointer (RFC 6901; empty for the whole body) and what is wrong there.</param>
    public static ProblemHttpResult BadRequest(params IEnumerable<(string Pointer, string Error)> errors) =>
        Of(
            400,
            "invalid_body",
            "The request body is not valid.",
            members: new Dictionary<string, object?>
            {
                ["errors"] = errors
                    .GroupBy(e => e.Pointer, e => e.Error, StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => g.Distinct(StringComparer.Ordinal).ToArray()),
            }
        );

    /// <summary>400 for a fault outside the body: the path, the query, a header.</summary>
    public static ProblemHttpResult BadRequest(string detail, string code = "bad_request") => Of(400, code, "The request is not valid.", detail);

    /// <summary>401. The challenge header is the authentication handler's to add.</summary>
    public static ProblemHttpResult Unauthorized(string code = "unauthorized") => Of(401, code, "A valid access token is needed.");

    public static ProblemHttpResult Forbidden(string code = "forbidden", string? detail = null, IDictionary<string, object?>? members = null) =>
        Of(403, code, "The caller may not do this.", detail, members);

    /// <summary>404, alike for what is unknown, hidden and another tenant's.</summary>
    public static ProblemHttpResult NotFound() => Of(404, "not_found", "There is nothing here.");

    public static ProblemHttpResult MethodNotAllowed() => Of(405, "method_not_allowed", "The method is not allowed here.");

    /// <summary>409 with the rule that stands against it, for instance <c>establishment_reached</c>.</summary>
    public static ProblemHttpResult Conflict(string code, string? detail = null, IDictionary<string, object?>? members = null) =>
        Of(409, code, "The state does not allow this.", detail, members);

    public static ProblemHttpResult Gone(string code = "gone", string? detail = null, IDictionary<string, object?>? members = null) =>
        Of(410, code, "This is no longer available.", detail, members);

    /// <summary>412: the <c>If-Match</c> given is not the current version.</summary>
    public static ProblemHttpResult PreconditionFailed() => Of(412, "precondition_failed", "The resource has changed since it was read.");

    public static ProblemHttpResult TooLarge() => Of(413, "too_large", "The request body is too large.");

    public static ProblemHttpResult UnsupportedMediaType(string? detail = null) =>
        Of(415, "unsupported_media_type", "The media type of the request body is not supported.", detail);

    /// <summary>422: the key was used before with another body.</summary>
    public static ProblemHttpResult UnprocessableIdempotencyKey() =>
        Of(422, "idempotency_key_reused", "The idempotency key was used before with another request.");

    /// <summary>428: a write to what exists needs <c>If-Match</c>. Source: RFC 6585 §3.</summary>
    public static ProblemHttpResult PreconditionRequired() => Of(428, "precondition_required", "If-Match is needed to write to what exists.");

    /// <param name="retryAfter">When a permit is free again; whole seconds, at least one.</param>
    public static ProblemHttpResult TooManyRequests(TimeSpan retryAfter) => Of(429, "too_many_requests", "Too many requests.", members: After(retryAfter));

    public static ProblemHttpResult Internal() => Of(500, "internal", "The request could not be completed.");

    /// <summary>503: no answer can be vouched for now, and none is guessed.</summary>
    public static ProblemHttpResult Undecidable(TimeSpan? retryAfter = null) =>
        Of(503, "undecidable", "No answer can be given at this moment.", members: After(retryAfter ?? TimeSpan.FromSeconds(1)));

    /// <summary>503: more requests are running than the host takes on.</summary>
    public static ProblemHttpResult Overloaded() => Of(503, "overloaded", "The host is at its limit.", members: After(TimeSpan.FromSeconds(1)));

    /// <summary>The problem for a bare status code, as routing, authentication and the server leave it behind.</summary>
    public static ProblemHttpResult ForStatus(int status) =>
        status switch
        {
            400 => BadRequest("The request could not be read."),
            401 => Unauthorized(),
            403 => Forbidden(),
            404 => NotFound(),
            405 => MethodNotAllowed(),
            413 => TooLarge(),
            415 => UnsupportedMediaType(),
            500 => Internal(),
            503 => Undecidable(),
            _ => Of(status, $"status_{status}", "The request was refused."),
        };

    /// <summary>Any other problem, its code appended to <c>urn:entitlements:problem:</c>.</summary>
    public static ProblemHttpResult Of(int status, string code, string title, string? detail = null, IDictionary<string, object?>? members = null)
    {
        var problem = new ProblemDetails
        {
            Status = status,
            Type = Prefix + code,
            Title = title,
            Detail = detail,
        };
        foreach (var (name, value) in members ?? new Dictionary<string, object?>())
        {
            problem.Extensions[name] = value;
        }
        return TypedResults.Problem(problem);
    }

    private static Dictionary<string, object?> After(TimeSpan wait) => new() { [RetryAfter] = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)) };
}

/// <summary>Ends a request with a problem from where no result can be returned, such as parameter binding.</summary>
/// <remarks>It is an answer, not a fault: never logged.</remarks>
internal sealed class ProblemException(ProblemHttpResult problem) : Exception(problem.ProblemDetails.Type)
{
    public ProblemHttpResult Problem => problem;
}

/// <summary>Writes problems whatever the caller accepts, so that every refusal has the same shape.</summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    private const string ContentType = "application/problem+json";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        problem.Instance ??= http.Request.Path.ToUriComponent();
        problem.Extensions["traceId"] = TraceOf(http);
        if (problem.Extensions.TryGetValue(Problems.RetryAfter, out var seconds))
        {
            http.Response.Headers.RetryAfter = FormattableString.Invariant($"{seconds}");
        }
        http.Response.StatusCode = problem.Status ?? http.Response.StatusCode;
        await http.Response.WriteAsJsonAsync(problem, StrictJson.Options, ContentType, http.RequestAborted);
    }

    /// <summary>The trace that the request is part of, ours or its caller's (W3C Trace Context); without one the request's own id, which the log knows.</summary>
    private static string TraceOf(HttpContext http) =>
        Activity.Current is { } span ? span.TraceId.ToHexString()
        : ActivityContext.TryParse(http.Request.Headers.TraceParent, null, out var callers) ? callers.TraceId.ToHexString()
        : http.TraceIdentifier;
}
