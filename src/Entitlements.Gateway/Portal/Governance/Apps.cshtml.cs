using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The apps of this person's force: its own, and those it adopted.</summary>
internal sealed class AppsModel : PortalPage
{
    public Page<AppView> Apps { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Apps = await ListAsync<AppView>("/v1/apps?limit=50");
}
