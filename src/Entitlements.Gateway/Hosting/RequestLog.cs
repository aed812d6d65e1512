using System.Diagnostics;

namespace Entitlements.Gateway.Hosting;

/// <summary>On a route: what is answered well is logged at Debug only. For decisions: they come by the thousand, and metrics and evidence tell more.</summary>
internal sealed class SeldomLogged;

/// <summary>One line a request: method, route template, status, time. Never the path, which holds ids of people.</summary>
internal sealed partial class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var level =
                context.Response.StatusCode < StatusCodes.Status400BadRequest && context.GetEndpoint()?.Metadata.GetMetadata<SeldomLogged>() is not null
                    ? LogLevel.Debug
                    : LogLevel.Information;
            if (log.IsEnabled(level))
            {
                var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";
                Answered(
                    level,
                    context.Request.Method,
                    route,
                    context.Response.StatusCode,
                    Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                    context.TraceIdentifier
                );
            }
        }
    }

    [LoggerMessage("{Method} {Route} answered {Status} in {Milliseconds:0.0} ms, request {RequestId}.")]
    private partial void Answered(LogLevel level, string method, string route, int status, double milliseconds, string requestId);
}
