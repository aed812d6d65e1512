using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace Entitlements.Gateway.Hosting;

/// <summary>What every response carries, whoever answers: the request id and the security headers. First in the pipeline.</summary>
/// <remarks>Set when the response starts, so that clearing it for a problem loses nothing. An endpoint that needs another policy (the API page, the
/// portal) sets its own and it stays.</remarks>
internal sealed class ResponseHeaders(RequestDelegate next, IHostEnvironment environment)
{
    public const string RequestId = "X-Request-ID";

    /// <summary>Longest request id taken over from the caller, in characters.</summary>
    private const int LongestId = 128;

    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = Echo(context.Request.Headers[RequestId]) ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        context.Response.OnStarting(Set, context);
        return next(context);
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
        if (context.Request.IsHttps && !environment.IsDevelopment())
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }
        return Task.CompletedTask;
    }
}
