using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Access;

/// <summary>Deciding: the facts, the AuthZEN endpoints, what they record.</summary>
internal static class AccessSetup
{
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<AccessOptions>("Access");
        builder.Services.AddSettings<CacheOptions>("Cache");
        builder.Services.AddSingleton<CacheTelemetry>();
        builder.Services.AddSingleton<DecisionTelemetry>().AddSingleton<EnumerationAlarm>();
        builder.Services.AddScoped<FactsReader>().AddSingleton<DecisionCache>().AddScoped<AttemptLog>().AddScoped<Evaluate>().AddScoped<Seeding.LoadSeed>();
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        routes.MapEvaluations();
        PdpMetadata.Map(routes);
    }
}
