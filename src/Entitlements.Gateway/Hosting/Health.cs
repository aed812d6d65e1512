using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Entitlements.Gateway.Hosting;

/// <summary>Liveness: the process answers. Readiness: every registered check. The public listener tells the status alone.</summary>
internal static class Health
{
    public static readonly HealthCheckOptions Live = new() { Predicate = _ => false };
    public static readonly HealthCheckOptions Ready = new();
    public static readonly HealthCheckOptions ReadyInDetail = new() { ResponseWriter = WriteDetailsAsync };

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", Live).AllowAnonymous();
        routes.MapHealthChecks("/health/ready", Ready).AllowAnonymous();
    }

    private static Task WriteDetailsAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new
            {
                report.Status,
                Duration = report.TotalDuration,
                Checks = report.Entries.ToDictionary(
                    entry => entry.Key,
                    entry => new
                    {
                        entry.Value.Status,
                        entry.Value.Duration,
                        entry.Value.Description,
                    }
                ),
            },
            StrictJson.Options,
            context.RequestAborted
        );
}
