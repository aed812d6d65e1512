using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Changes to what anyone may have: those that wait for votes, and all that were decided.</summary>
internal sealed class ChangesModel : PortalPage
{
    public Page<ChangeView> Changes { get; private set; } = new([], null);

    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    /// <summary>All, and not only those that wait.</summary>
    [BindProperty(SupportsGet = true, Name = "all")]
    public bool All { get; set; }

    protected override async Task LoadAsync() =>
        Changes = await Api.GetAsync<Page<ChangeView>>(
            "/v1/changes?limit=20" + (All ? "" : "&state=proposed") + (Cursor is null ? "" : OwnApi.Target($"&cursor={Cursor}"))
        );
}
