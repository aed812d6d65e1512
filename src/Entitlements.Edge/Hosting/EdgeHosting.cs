using System.Buffers;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Remote;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Entitlements.Edge.Hosting;

/// <summary>What every answer of an edge on its own has: request id, security headers, problem details; and its health.</summary>
internal static class EdgeHosting
{
    private const string RequestId = "X-Request-ID";

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static WebApplicationBuilder AddEdgeHosting(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(server => server.AddServerHeader = false);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning); // request lines hold session ids
        builder.Logging.AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning);
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks().AddCheck<StoreCheck>("artifacts").AddCheck<GatewayCheck>("gateway");
        return builder;
    }

    public static WebApplication UseEdgeHosting(this WebApplication app)
    {
        app.Use(WriteCommonHeadersAsync);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        return app;
    }

    private static Task WriteCommonHeadersAsync(HttpContext context, RequestDelegate next)
    {
        var sent = context.Request.Headers[RequestId];
        var id = sent is [{ Length: > 0 and <= 128 } one] && !one.AsSpan().ContainsAnyExcept(IdCharacters) ? one : Guid.NewGuid().ToString("N");
        context.TraceIdentifier = id;
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers[RequestId] = id;
            headers.XContentTypeOptions = "nosniff";
            headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
            headers["Referrer-Policy"] = "no-referrer";
            headers.StrictTransportSecurity = context.Request.IsHttps ? "max-age=31536000" : default;
            return Task.CompletedTask;
        });
        return next(context);
    }

    private sealed class StoreCheck(IArtifacts artifacts) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await artifacts.IsReachableAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
    }

    /// <summary>Ready only when the gateway's authorization server gives this edge a token.</summary>
    private sealed class GatewayCheck(GatewayCredentials credentials) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await credentials.TokenAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (HttpRequestException)
            {
                return HealthCheckResult.Unhealthy();
            }
        }
    }
}
