using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Requests;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>What this person has asked for, the newest first.</summary>
internal sealed class RequestsModel : PortalPage
{
    public Page<RequestView> Requests { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Requests = await ListAsync<RequestView>("/v1/requests?view=mine&limit=20");
}
