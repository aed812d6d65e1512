using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Platform;

/// <summary>The systems that may use the API.</summary>
internal sealed class ClientsModel : PortalPage
{
    public Page<ClientEndpoints.ClientView> Clients { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Clients = await ListAsync<ClientEndpoints.ClientView>("/v1/clients?limit=50");

    /// <summary>Leads to the page of a registration, known or new.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!OpaqueId.IsValid(Form["client"]))
        {
            Form.Fault("client", L["Enter the client's id, as its provider gives it", "Rhowch rif y cleient, fel y mae ei ddarparwr yn ei roi"]);
            return await WrongAsync();
        }
        return LocalRedirect(OwnApi.Target($"/clients/{Form["client"]}"));
    }
}
