using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Access;

/// <summary>Deciding: the facts, the AuthZEN endpoints, what they record.</summary>
internal static class AccessSetup
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<AccessOptions>("Access");
        builder
            .Services.AddSettings<CacheOptions>("Cache")
            .Configure<IConfiguration, IOptions<StorageOptions>>(
                (cache, settings, storage) => (cache.Redis, cache.IsOn) = (settings.GetConnectionString("Redis"), storage.Value.IsCached)
            );
        builder.Services.AddRedisLevel();
        builder.Services.AddSingleton<CacheTelemetry>();
        builder.Services.AddSingleton<DecisionTelemetry>().AddSingleton<EnumerationAlarm>();
        builder
            .Services.AddSingleton<FactsReader>()
            .AddSingleton<DecisionCache>()
            .AddSingleton<AttemptLog>()
            .AddSingleton<RequestableDenials>()
            .AddSingleton<ApprovalReferences>()
            .AddSingleton<Evaluate>()
            .AddScoped<Seeding.LoadSeed>();
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        routes.MapEvaluations();
        PdpMetadata.Map(routes);
    }
}
