using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Makes an app as a draft: nobody can have it yet.</summary>
internal sealed class NewAppModel : AppRecordPage
{
    protected override string Owner => Person.Tenant is { } tenant && Person.Holds(Function.AppOwner, tenant) ? tenant : throw Nothing();

    protected override Task LoadAsync()
    {
        _ = Owner;
        Form.Suggest("distribution", "artifact");
        Form.Suggest("visibility", "hidden");
        SuggestProof(isNeeded: true);
        return Task.CompletedTask;
    }

    public Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("id"))
        {
            Form.Fault("id", L["Enter a short name for addresses", "Rhowch enw byr ar gyfer cyfeiriadau"]);
        }
        return PutAsync(
            Form["id"],
            L[
                "Made, as a draft: nobody can have it yet. This page says what is missing.",
                "Gwnaed, fel drafft: ni all neb ei gael eto. Mae'r dudalen hon yn dweud beth sydd ar goll."
            ]
        );
    }
}
