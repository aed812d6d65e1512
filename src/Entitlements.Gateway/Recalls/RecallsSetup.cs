using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Recalls;

internal static class RecallsSetup
{
    public static void AddRecalls(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<BarApp>("bar");
        builder.Services.AddAlteration<LiftBars>("bar_end");
        builder.Services.AddScoped<BarAuthority>();
    }

    public static void MapRecalls(this IEndpointRouteBuilder routes) => routes.MapBars();
}
