using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The roles of this person's force.</summary>
internal sealed class RolesModel : PortalPage
{
    public Page<RoleEndpoints.RoleView> Roles { get; private set; } = new([], null);

    protected override async Task LoadAsync() =>
        Roles = await ListAsync<RoleEndpoints.RoleView>(OwnApi.Target($"/v1/tenants/{Person.Tenant ?? throw Nothing()}/roles?limit=50"));
}
