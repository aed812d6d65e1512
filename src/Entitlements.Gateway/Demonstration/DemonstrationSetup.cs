using Entitlements.Gateway.Identity.BuiltIn;

namespace Entitlements.Gateway.Demonstration;

internal static class DemonstrationSetup
{
    public static void AddDemonstration(this WebApplicationBuilder builder) => builder.Services.AddScoped<IDemonstrationPeople, DemonstrationPeople>();
}
