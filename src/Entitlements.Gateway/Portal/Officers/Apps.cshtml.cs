using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>What this person may have, on which device, until when; why not, and what would change that.</summary>
internal sealed class AppsModel : PortalPage
{
    /// <summary>Their devices; the first is the one that is looked at, where none is chosen.</summary>
    public IReadOnlyList<OwnDevice> Devices { get; private set; } = [];
    public OwnDevice? Device { get; private set; }
    public IReadOnlyList<ListingView> Apps { get; private set; } = [];

    /// <summary>The device that is looked at.</summary>
    [Microsoft.AspNetCore.Mvc.BindProperty(SupportsGet = true, Name = "device")]
    public string? Chosen { get; set; }

    protected override async Task LoadAsync()
    {
        if (Person.SubjectKey is null)
        {
            return; // known by the settings alone: nobody's officer
        }
        Devices = (await Api.GetAsync<Page<OwnDevice>>("/v1/my/devices")).Items;
        Device = Devices.FirstOrDefault(d => d.Device == Chosen) ?? Devices.FirstOrDefault();
        Apps = await OwnStore.ListAsync(Api, Person, Device?.Device);
    }
}
