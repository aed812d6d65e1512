using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Entitlements.Gateway.Consistency;

/// <summary>Revision leases: why an acknowledged revocation is final on every replica. Begin reading at <see cref="LeaseHolder"/> and <see cref="Acknowledgement"/>.</summary>
internal static class ConsistencySetup
{
    public static void AddConsistency(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<ConsistencyOptions>("Consistency");
        services.TryAddSingleton<BootClock>();
        services.Replace(ServiceDescriptor.Singleton<TimeProvider, TrustedTime>());
        services.AddSingleton<Replica>().AddSingleton<AppliedSignal>().AddSingleton<ConsistencyTelemetry>();
        services.AddSingleton<DurabilityGate>().AddSingleton<LeaseHolder>().AddSingleton<Acknowledgement>();
        services.AddSingleton<LeaseLoop>().AddHostedService(all => all.GetRequiredService<LeaseLoop>());
        services.AddHealthChecks().AddCheck<LeaseCheck>("lease");
    }

    /// <summary>Begins the lease. Called before the first write.</summary>
    public static Task OpenConsistencyAsync(this WebApplication app) => app.Services.GetRequiredService<LeaseLoop>().BeginAsync();

    /// <summary>A replica without a lease refuses every decision: send nobody there.</summary>
    private sealed class LeaseCheck(Replica replica) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(replica.Current is not null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("No revision lease."));
    }
}
