using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Changes to what anyone may have: those that wait for votes, and all that were decided.</summary>
internal sealed class ChangesModel : PortalPage
{
    public Page<ChangeView> Changes { get; private set; } = new([], null);

    /// <summary>All, and not only those that wait.</summary>
    [BindProperty(SupportsGet = true, Name = "all")]
    public bool All { get; set; }

    protected override async Task LoadAsync() => Changes = await ListAsync<ChangeView>(All ? "/v1/changes?limit=20" : "/v1/changes?limit=20&state=proposed");
}
