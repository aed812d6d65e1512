using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>This person's phones; putting another in the place of one that is lost, broken or handed in.</summary>
internal sealed class PhonesModel : PortalPage
{
    /// <summary>The app they were on the way to; null: none.</summary>
    [BindProperty(SupportsGet = true, Name = "app")]
    public string? App { get; set; }

    public IReadOnlyList<OwnDevice> Devices { get; private set; } = [];

    /// <summary>Those in whose place another may come.</summary>
    public IReadOnlyList<OwnDevice> Own { get; private set; } = [];

    /// <summary>The one that their force has not confirmed yet; null: none.</summary>
    public OwnDevice? Provisional => Own.FirstOrDefault(d => d.UsableUntil is not null);

    /// <summary>Back to where they came from.</summary>
    public string Back => App is { } app && NameId.IsValid(app) ? $"/my/{app}" : "/";

    protected override async Task LoadAsync()
    {
        Devices = (await Api.GetAsync<Page<OwnDevice>>("/v1/my/devices")).Items;
        var personal = Devices.Where(d => d.Kind == DeviceKind.Personal).ToList();
        Own = personal.Find(d => d.UsableUntil is not null) is { } waiting ? [waiting] : personal; // one at a time
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("device"))
        {
            Form.Fault("device", L["Enter the serial number of the new phone", "Rhowch rif cyfresol y ffôn newydd"]);
        }
        if (Form.IsEmpty("replaces"))
        {
            Form.Fault("replaces", L["Choose the phone that it replaces", "Dewiswch y ffôn y mae'n ei ddisodli"]);
        }
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(
                HttpMethod.Post,
                "/v1/my/devices",
                new { device = Form["device"], replaces = Form["replaces"] },
                answer =>
                    Written(
                        answer,
                        Back == "/" ? "/phones" : Back,
                        L[
                            "Enrolled, for 24 hours. Ask your role administrator to confirm it before then. The old phone opens nothing any more.",
                            "Cofrestrwyd, am 24 awr. Gofynnwch i'ch gweinyddwr rolau ei gadarnhau cyn hynny. Nid yw'r hen ffôn yn agor dim mwyach."
                        ]
                    )
            );
    }
}
