using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The apps of this person's force: its own, and those it adopted.</summary>
internal sealed class AppsModel : PortalPage
{
    public Page<AppView> Apps { get; private set; } = new([], null);

    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    protected override async Task LoadAsync() =>
        Apps = await Api.GetAsync<Page<AppView>>("/v1/apps?limit=50" + (Cursor is null ? "" : OwnApi.Target($"&cursor={Cursor}")));
}
