using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>Who decides on requests in this person's stead, and for whom they do.</summary>
internal sealed class DelegationsModel : PortalPage
{
    public IReadOnlyList<DelegationView> Delegations { get; private set; } = [];

    protected override async Task LoadAsync() => Delegations = (await Api.GetAsync<Page<DelegationView>>("/v1/delegations?limit=100")).Items;

    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("to"))
        {
            Form.Fault("to", L["Enter who decides for you", "Rhowch pwy sy'n penderfynu drosoch"]);
        }
        if (Form.Date("until") is null)
        {
            Form.Fault("until", L["Enter the last day, such as 27 3 2027", "Rhowch y diwrnod olaf, fel 27 3 2027"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(
                HttpMethod.Put,
                OwnApi.Target($"/v1/delegations/{Form["to"]}"),
                new { until = L.EndOf(Form.Date("until")!.Value), reason = Form["reason"].ReplaceLineEndings(" ") },
                answer =>
                    answer.Location is null
                        ? Go("/delegations", L["Changed", "Newidiwyd"])
                        : Go(
                            "/delegations",
                            L[
                                "Proposed. It counts when somebody else has voted for it.",
                                "Cynigiwyd. Mae'n cyfrif pan fydd rhywun arall wedi pleidleisio drosto."
                            ]
                        )
            );
    }

    /// <summary>Takes the right back, at once.</summary>
    public Task<IActionResult> OnPostEndAsync() =>
        SendAsync(
            HttpMethod.Delete,
            OwnApi.Target($"/v1/delegations/{Form["taker"]}"),
            body: null,
            answer => Written(answer, "/delegations", L["Taken back. Only you decide again.", "Tynnwyd yn ôl. Dim ond chi sy'n penderfynu eto."])
        );
}
