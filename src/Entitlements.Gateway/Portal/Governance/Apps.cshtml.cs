using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The apps of this person's force: its own, and those it adopted.</summary>
internal sealed class AppsModel : PortalPage
{
    public Page<AppView> Apps { get; private set; } = new([], null);

    public bool MayMake => Person.Tenant is { } tenant && Person.Holds(Function.AppOwner, tenant);

    protected override async Task LoadAsync() => Apps = await ListAsync<AppView>("/v1/apps?limit=50");
}
