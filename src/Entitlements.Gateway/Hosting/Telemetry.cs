using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Entitlements.Gateway.Hosting;

/// <summary>Traces, metrics and logs by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, and metrics for Prometheus always.</summary>
/// <remarks>Sources and meters named <c>Entitlements.*</c> are taken up. No path, query, address or user agent
/// leaves in a span: ids of people are in them.</remarks>
internal static class Telemetry
{
    private static readonly string[] Personal = ["url.path", "url.query", "client.address", "network.peer.address", "user_agent.original"];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource.AddService("entitlements-gateway", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
            )
            .WithMetrics(metrics =>
                metrics
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddMeter("Entitlements.*", "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel") // not those of routing and limits: four more updates a request, and the status says as much
                    .AddView("http.server.active_requests", MetricStreamConfiguration.Drop) // two updates a request for what the limits know anyway: entitlements.requests.running
                    .AddPrometheusExporter()
            );
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            telemetry
                .WithTracing(traces =>
                    traces
                        .AddAspNetCoreInstrumentation(o => o.EnrichWithHttpResponse = (span, _) => Array.ForEach(Personal, tag => span.SetTag(tag, null)))
                        .AddHttpClientInstrumentation()
                        .AddSource("Entitlements.*", "Npgsql")
                )
                .WithLogging()
                .UseOtlpExporter();
        }
    }
}
