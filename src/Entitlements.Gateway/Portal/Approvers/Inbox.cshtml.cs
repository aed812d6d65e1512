using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>What waits for this person's decision, most urgent first.</summary>
internal sealed class InboxModel : PortalPage
{
    public Page<RequestView> Requests { get; private set; } = new([], null);

    [BindProperty(SupportsGet = true, Name = "cursor")]
    public string? Cursor { get; set; }

    protected override async Task LoadAsync() =>
        Requests = await Api.GetAsync<Page<RequestView>>(
            Cursor is null ? "/v1/requests?view=inbox&limit=20" : OwnApi.Target($"/v1/requests?view=inbox&limit=20&cursor={Cursor}")
        );
}
