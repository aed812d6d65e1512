using Microsoft.AspNetCore.Http.HttpResults;

namespace Entitlements.Gateway.Hosting;

/// <summary>Refuses requests that two servers on one line could read differently, before anything looks at them.</summary>
internal sealed class RequestGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (Refusal(context) is not { } problem)
        {
            return next(context);
        }
        if (problem.StatusCode == StatusCodes.Status400BadRequest)
        {
            context.Response.Headers.Connection = "close"; // where the message ends is in doubt, so nothing after it is read
        }
        return problem.ExecuteAsync(context);
    }

    private static ProblemHttpResult? Refusal(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (IsFramedTwice(headers))
        {
            return Problems.BadRequest("The length of the message is stated in two ways.", "ambiguous_framing");
        }
        if (
            headers.ContentEncoding.Count > 0
            && headers.ContentEncoding.SelectMany(Parts).Any(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        )
        {
            context.Response.Headers.AcceptEncoding = "identity"; // RFC 9110 §15.5.16
            return Problems.UnsupportedMediaType();
        }
        return RawTarget.IsAmbiguous(context) ? Problems.NotFound() : null;
    }

    /// <remarks>Kestrel moves a Content-Length beside a Transfer-Encoding to X-Content-Length and goes on; RFC 9112 §6.1 lets us refuse, and we do.</remarks>
    private static bool IsFramedTwice(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0
        && (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length") || headers.TransferEncoding is not ["chunked"]);

    private static IEnumerable<string> Parts(string? value) => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
