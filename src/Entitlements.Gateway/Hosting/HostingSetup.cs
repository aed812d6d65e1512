using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Entitlements.Gateway.Hosting;

/// <summary>What every request passes before it reaches a slice.</summary>
internal static class HostingSetup
{
    /// <summary>Longest request body unless an endpoint says otherwise (<c>RequestSizeLimitAttribute</c> as its metadata): 1 MiB.</summary>
    private const long LongestBody = 1 << 20;

    public static void AddHosting(this WebApplicationBuilder builder)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", isEnabled: true); // header lines end in CR LF, nothing else
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddLogging();
        builder.AddTelemetry();
        builder.AddTrustedProxies();
        var listenerFaults = Listeners.Faults(builder.Configuration).ToArray(); // before Listen, which adds the operators' address to Urls
        Listeners.Listen(builder);
        builder.WebHost.ConfigureKestrel(Limit);
        builder.Services.AddSettingsCheck(_ =>
        {
            if (listenerFaults.Length > 0)
            {
                throw new SettingsException(listenerFaults);
            }
        });
        builder.Services.AddPublicUrl();
        builder.Services.AddSingleton<MetricsListener>();
        builder.Services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => StrictJson.Apply(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true); // so that a bad query is a problem like any other
        builder.Services.AddSettings<RateLimitOptions>("RateLimits");
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddHealthChecks();
        builder.Services.AddOpenApiDocument();
    }

    /// <summary>The pipeline up to routing. Permits follow it.</summary>
    public static void UseHosting(this WebApplication app)
    {
        app.UseForwardedHeaders(); // only who the caller is and by which scheme, and only from a trusted proxy
        app.UseMiddleware<ResponseHeaders>();
        app.UseMiddleware<RequestLog>();
        app.UseMiddleware<ProblemPipeline>();
        app.MapWhen(app.Services.GetRequiredService<MetricsListener>().Took, ForOperators);
        app.UseMiddleware<RequestGuard>();
        app.Use(app.Services.GetRequiredService<RateLimits>().InvokeAsync);
        app.UseRouting();
    }

    public static void MapHosting(this WebApplication app)
    {
        app.MapHealth();
        app.MapOpenApiDocument();
    }

    /// <summary>The operators' listener: a pipeline of its own, so that neither side can reach the other's paths.</summary>
    private static void ForOperators(IApplicationBuilder operators)
    {
        operators.UseHealthChecks("/health/live", Health.Live);
        operators.UseHealthChecks("/health/ready", Health.ReadyInDetail);
        operators.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
        operators.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LongestBody;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }
}
