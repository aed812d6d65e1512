using Microsoft.Extensions.Primitives;

namespace Entitlements.Gateway.Hosting;

/// <summary>What every response carries, whoever answers: the request id and the security headers. First in the pipeline.</summary>
/// <remarks>Set before anything else: an endpoint that needs another policy (the API page, the portal) sets its own, and who clears a response for a problem sets them again.</remarks>
internal sealed class ResponseHeaders(RequestDelegate next, IHostEnvironment environment)
{
    public const string RequestId = "X-Request-ID";

    /// <summary>Longest request id taken over from the caller, in characters.</summary>
    private const int LongestId = 128;

    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'";

    private readonly bool _isStrict = !environment.IsDevelopment();

    public Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = Echo(context.Request.Headers[RequestId]) ?? RandomIds.New();
        Set(context);
        if (_isStrict && context.Request.IsHttps)
        {
            context.Response.Headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }
        return next(context);
    }

    /// <summary>Takes back whatever was said, but for what every response carries.</summary>
    public static void Clear(HttpContext context)
    {
        var security = context.Response.Headers.StrictTransportSecurity;
        context.Response.Clear();
        Set(context);
        context.Response.Headers.StrictTransportSecurity = security;
    }

    /// <summary>The caller's id, verbatim, if it is one value of 1 to 128 printable ASCII characters; otherwise null.</summary>
    private static string? Echo(StringValues sent) =>
        sent is [{ Length: > 0 and <= LongestId } id] && !id.AsSpan().ContainsAnyExceptInRange(' ', '~') ? id : null;

    private static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[RequestId] = context.TraceIdentifier;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = ApiPolicy;
        headers.CacheControl = "no-store";
    }
}
