using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Requests;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>What waits for this person's decision, most urgent first.</summary>
internal sealed class InboxModel : PortalPage
{
    public Page<RequestView> Requests { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Requests = await ListAsync<RequestView>("/v1/requests?view=inbox&limit=20");
}
