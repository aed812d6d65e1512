using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>One request of this person's: where it stands, who can decide, by when, who said what; taking it or the role back.</summary>
internal sealed class RequestModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "request")]
    public string Id { get; set; } = "";

    public RequestView View { get; private set; } = null!;
    public RequestMatter Matter { get; private set; } = null!;

    public bool IsOpen => View.Status is RequestStatus.Pending or RequestStatus.AwaitingRequester;
    public bool IsHeld => View is { Status: RequestStatus.Granted, Grant.State: GrantState.Active or GrantState.Scheduled or GrantState.Suspended };

    protected override async Task LoadAsync()
    {
        View = await Api.GetAsync<RequestView>(OwnApi.Target($"/v1/requests/{Id}"));
        Matter = await Api.GetAsync<RequestMatter>(OwnApi.Target($"/v1/requests/{Id}/matter"));
    }

    public Task<IActionResult> OnPostWithdrawAsync() =>
        SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/requests/{Id}/withdraw"),
            new { },
            answer =>
                Written(
                    answer,
                    $"/requests/{Uri.EscapeDataString(Id)}",
                    L["Taken back. It no longer opens anything.", "Tynnwyd yn ôl. Nid yw'n agor dim mwyach."]
                )
        );

    public async Task<IActionResult> OnPostCommentAsync()
    {
        if (Form.IsEmpty("text"))
        {
            Form.Fault("text", L["Enter what you want to say", "Rhowch yr hyn rydych am ei ddweud"]);
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/requests/{Id}/comments"),
            new { text = Form["text"] },
            _ => Go($"/requests/{Uri.EscapeDataString(Id)}", L["Everyone who sees the request can read it", "Gall pawb sy'n gweld y cais ei ddarllen"])
        );
    }
}
