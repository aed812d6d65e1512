using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>The Redis level of the decision cache: what one replica decided, another need not read again. Begin reading at <see cref="RedisLevel"/>.</summary>
internal static class RedisSetup
{
    private const string Setting = "ConnectionStrings:Redis";

    public static void AddRedisLevel(this IServiceCollection services)
    {
        services.AddSingleton<Breaker>().AddSingleton<RedisTelemetry>().AddSingleton<MacKeyRing>().AddSingleton<RedisLevel>();
        services.AddSingleton<RedisLink>().AddHostedService(all => all.GetRequiredService<RedisLink>());
        services.AddSingleton<MacKeyLoader>().AddHostedService(all => all.GetRequiredService<MacKeyLoader>());
        services.AddHealthChecks().AddCheck<RedisCheck>("redis");
        services.AddSettingsCheck(all => Check(all.GetRequiredService<IOptions<CacheOptions>>().Value.Redis));
    }

    internal static void Check(string? redis)
    {
        try
        {
            if (!string.IsNullOrWhiteSpace(redis) && RedisLink.Parse(redis).EndPoints.Count == 0)
            {
                throw new SettingsException($"{Setting}: names no server.");
            }
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException)
        {
            throw new SettingsException($"{Setting}: cannot be read as a StackExchange.Redis configuration string."); // nothing of it is said: it may hold a password
        }
    }

    /// <summary>Without Redis every answer is right and some are slower: still ready.</summary>
    private sealed class RedisCheck(RedisLink link, IOptions<CacheOptions> options) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
                !options.Value.HasRedis ? HealthCheckResult.Healthy("Not used.")
                : link.IsUp ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded("Redis is away: decisions come from memory and from the database.")
            );
    }
}
