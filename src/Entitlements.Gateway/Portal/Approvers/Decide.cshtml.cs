using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>One request on one page: who, why, what it opens, what stands against it, until when; and the decision.</summary>
internal sealed class DecideModel : PortalPage
{
    /// <summary>Chosen where a reason of one's own is given.</summary>
    public const string OwnWords = "other";

    [BindProperty(SupportsGet = true, Name = "request")]
    public string Id { get; set; } = "";

    public RequestView Request_ { get; private set; } = null!;
    public RequestMatter Matter { get; private set; } = null!;

    /// <summary>Reasons that fit most cases: a tap instead of typing.</summary>
    public IReadOnlyList<string> Reasons =>
        [
            L["Needed for a live operation", "Ei angen ar gyfer ymgyrch fyw"],
            L["Needed for their role, and they are qualified", "Ei angen ar gyfer eu rôl, ac maent yn gymwys"],
            L["Covers for somebody who is away", "Yn cyflenwi dros rywun sydd i ffwrdd"],
        ];

    protected override async Task LoadAsync()
    {
        Request_ = await Api.GetAsync<RequestView>(OwnApi.Target($"/v1/requests/{Id}"));
        Matter = await Api.GetAsync<RequestMatter>(OwnApi.Target($"/v1/requests/{Id}/matter"));
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var (vote, reason) = (Form["vote"], Form["preset"] is { Length: > 0 } and not OwnWords ? Form["preset"] : Form["reason"]);
        if (reason.Length == 0)
        {
            Form.Fault(Form.IsEmpty("preset") ? "preset" : "reason", L["Say why", "Dywedwch pam"]);
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/requests/{Id}/votes"),
            new { vote = vote == "deny" ? "deny" : "approve", reason },
            _ =>
                Go(
                    $"/approvals/{Uri.EscapeDataString(Id)}",
                    vote == "deny" ? L["You denied the request", "Gwrthodasoch y cais"] : L["Your approval counts", "Mae'ch cymeradwyaeth yn cyfrif"]
                )
        );
    }
}
