using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>What was issued to this person, whoever the store was.</summary>
internal sealed class HistoryModel : PortalPage
{
    public Page<OwnEntitlement> Issued { get; private set; } = new([], null);

    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    protected override async Task LoadAsync() =>
        Issued = await Api.GetAsync<Page<OwnEntitlement>>("/v1/my/entitlements?limit=20" + (Cursor is null ? "" : OwnApi.Target($"&cursor={Cursor}")));
}
