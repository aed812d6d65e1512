using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>What was issued to this person, whoever the store was.</summary>
internal sealed class HistoryModel : PortalPage
{
    public Page<OwnEntitlement> Issued { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Issued = await ListAsync<OwnEntitlement>("/v1/my/entitlements?limit=20");
}
