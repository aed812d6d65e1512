using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The roles of this person's force.</summary>
internal sealed class RolesModel : PortalPage
{
    public Page<RoleEndpoints.RoleView> Roles { get; private set; } = new([], null);

    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    protected override async Task LoadAsync() =>
        Roles = await Api.GetAsync<Page<RoleEndpoints.RoleView>>(
            OwnApi.Target($"/v1/tenants/{Person.Tenant ?? throw Nothing()}/roles?limit=50") + (Cursor is null ? "" : OwnApi.Target($"&cursor={Cursor}"))
        );
}
