using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Accreditations;

internal static class AccreditationsSetup
{
    public static void AddAccreditations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<AccreditationOptions>("Accreditations");
        builder.Services.AddAlteration<SourceAlteration>("accreditation-source.put");
        builder.Services.AddAlteration<SourceRemoval>("accreditation-source.delete");
        builder.Services.AddScoped<TakeFeed>();
        builder.Services.AddSingleton<AccreditationTelemetry>();
        builder.Services.AddHostedService<AccreditationWatch>();
    }

    public static void MapAccreditations(this WebApplication app)
    {
        app.MapSources();
        app.MapFeed();
    }
}
