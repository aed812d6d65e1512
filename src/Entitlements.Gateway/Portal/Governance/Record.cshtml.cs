using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Alters an app's record: at once while it is a draft that nobody could have, else by a change where it opens something.</summary>
internal sealed class RecordModel : AppRecordPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public AppView App { get; private set; } = null!;

    protected override string Owner => App.Owner;

    protected override async Task LoadAsync()
    {
        await ReadAsync();
        Suggest(App);
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await ReadAsync();
        return await PutAsync(App.Id, L["Changed. It is in force.", "Newidiwyd. Mae mewn grym."]);
    }

    private async Task ReadAsync()
    {
        var stands = await Api.SendAsync(HttpMethod.Get, OwnApi.Target($"/v1/apps/{Id}"));
        (App, Version) = (stands.ReadOrThrow<AppView>(), stands.Version);
        if (!Person.Holds(Function.AppOwner, App.Owner))
        {
            throw Nothing();
        }
    }
}
