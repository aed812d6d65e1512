using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.MutualAid;

internal static class MutualAidSetup
{
    public static void AddMutualAid(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<EquivalentAlteration>("role-equivalent.put");
        builder.Services.AddAlteration<EquivalentRemoval>("role-equivalent.delete");
        builder.Services.AddAlteration<AidAlteration>("aid.put");
        builder.Services.AddAlteration<AidEnd>("aid.end");
        builder.Services.AddScoped<AidList>();
    }

    public static void MapMutualAid(this WebApplication app)
    {
        app.MapEquivalents();
        app.MapAid();
    }
}
