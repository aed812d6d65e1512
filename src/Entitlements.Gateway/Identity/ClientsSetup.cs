using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Identity;

internal static class ClientsSetup
{
    public static void AddClients(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<ClientAlteration>("client.put");
        builder.Services.AddAlteration<ClientRemoval>("client.delete");
    }
}
