using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Rotas;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>The force's duty rotas, or those whose pool this person is in: is somebody on duty, for how long is that sure.</summary>
internal sealed class RotasModel : PortalPage
{
    public Page<RotaView> Rotas { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Rotas = await ListAsync<RotaView>("/v1/rotas?limit=50");
}
