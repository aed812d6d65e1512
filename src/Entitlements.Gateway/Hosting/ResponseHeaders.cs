using Microsoft.Extensions.Primitives;

namespace Entitlements.Gateway.Hosting;

/// <summary>What every response carries, whoever answers: the request id and the security headers. First in the pipeline.</summary>
/// <remarks>Set when the response starts, so that clearing it for a problem loses nothing. An endpoint that needs another policy (the API page, the
/// portal) sets its own and it stays.</remarks>
internal sealed class ResponseHeaders
{
    public const string RequestId = "X-Request-ID";

    /// <summary>Longest request id taken over from the caller, in characters.</summary>
    private const int LongestId = 128;

    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'";

    private readonly RequestDelegate _next;
    private readonly bool _isStrict;
    private readonly Func<object, Task> _set;

    public ResponseHeaders(RequestDelegate next, IHostEnvironment environment)
    {
        (_next, _isStrict) = (next, !environment.IsDevelopment());
        _set = Set; // one delegate for all requests
    }

    public Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = Echo(context.Request.Headers[RequestId]) ?? RandomIds.New();
        context.Response.OnStarting(_set, context);
        return _next(context);
    }

    /// <summary>The caller's id, verbatim, if it is one value of 1 to 128 printable ASCII characters; otherwise null.</summary>
    private static string? Echo(StringValues sent) =>
        sent is [{ Length: > 0 and <= LongestId } id] && !id.AsSpan().ContainsAnyExceptInRange(' ', '~') ? id : null;

    private Task Set(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers[RequestId] = context.TraceIdentifier;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.TryAdd("Content-Security-Policy", ApiPolicy);
        headers.TryAdd("Cache-Control", "no-store");
        if (_isStrict && context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }
        return Task.CompletedTask;
    }
}
