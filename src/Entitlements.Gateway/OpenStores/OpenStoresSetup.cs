using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.OpenStores;

internal static class OpenStoresSetup
{
    public static void AddOpenStores(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<HoldersImport>("holders.import");
        builder.Services.AddAlteration<SetObservation>("observation");
        builder.Services.AddAlteration<EndObservation>("observation_end");
        builder.Services.AddScoped<ReportHolders>();
    }

    public static void MapOpenStores(this IEndpointRouteBuilder routes)
    {
        routes.MapImports();
        routes.MapObservations();
    }
}
