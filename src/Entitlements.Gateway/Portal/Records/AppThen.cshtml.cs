using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Reports;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>One app as the force had it at the end of a day: who could have it, and on what grounds.</summary>
internal sealed class AppThenModel : DayPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    /// <summary>Null where no day was asked for, or none that is.</summary>
    public AppAsOfView? Then { get; private set; }

    protected override async Task LoadAsync()
    {
        if (AskedFor() is { } at)
        {
            Then = await Api.GetAsync<AppAsOfView>(OwnApi.Target($"/v1/reports/as-of/apps/{Id}?at={at}"));
            return;
        }
        await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}")); // or there is no such page
    }

    public string Bar(Bars bar) =>
        bar switch
        {
            Bars.Recalled => L["Recalled for good", "Wedi'i alw'n ôl am byth"],
            Bars.Withdrawn => L["Withdrawn", "Wedi'i dynnu'n ôl"],
            _ => L["Suspended", "Wedi'i atal"],
        };

    public string Who(string actor) => RecordWords.Who(actor, L);
}
