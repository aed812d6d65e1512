using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Rotas;

internal static class RotasSetup
{
    public static void AddRotas(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<RotaAlteration>("rota.put");
        builder.Services.AddAlteration<RotaRemoval>("rota.delete");
        builder.Services.AddScoped<TakeShifts>().AddScoped<SwapDesk>();
        builder.Services.AddHostedService<RotaWatch>();
    }

    public static void MapRotas(this WebApplication app)
    {
        app.MapRegistrations();
        app.MapShifts();
        app.MapSwaps();
    }
}
