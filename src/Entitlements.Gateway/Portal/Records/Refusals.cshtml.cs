using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Refusals;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>One refusal, by the reference that the person who was refused tells: why, and what they can do about it.</summary>
internal sealed class RefusalsModel : PortalPage
{
    /// <summary>Null: none was looked for, or none was found.</summary>
    public RefusalView? Refusal { get; private set; }

    protected override async Task LoadAsync()
    {
        if (!Request.Query.ContainsKey("reference"))
        {
            return;
        }
        Form.Suggest("reference", Request.Query["reference"]);
        if (Form.IsEmpty("reference"))
        {
            Form.Fault("reference", L["Enter the reference", "Rhowch y cyfeirnod"]);
            return;
        }
        Refusal = await Api.FindAsync<RefusalView>(OwnApi.Target($"/v1/refusals/{Form["reference"]}"));
        if (Refusal is null)
        {
            Form.Fault(
                "reference",
                L[
                    "There is no refusal with this reference. Check it, or ask for a new one: it is good for 30 days",
                    "Nid oes gwrthodiad â'r cyfeirnod hwn. Gwiriwch ef, neu gofynnwch am un newydd: mae'n dda am 30 diwrnod"
                ]
            );
        }
    }
}
