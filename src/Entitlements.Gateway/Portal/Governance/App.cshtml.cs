using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Publications;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>One app in this person's force: where it is in its life, who can have it, what it can do, on what grounds, and who opened it to whom, when and why.</summary>
internal sealed class AppModel : PortalPage
{
    /// <summary>What can be done to it at once, by one person.</summary>
    private static readonly string[] Bars = ["suspend", "withdraw", "recall"];

    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public AppView App { get; private set; } = null!;
    public AppLife? Life { get; private set; }
    public RuleView? Rule { get; private set; }
    public AssessmentView? Assessment { get; private set; }
    public IReadOnlyList<ReleaseView> Releases { get; private set; } = [];
    public IReadOnlyList<PublicationSummary> Publications { get; private set; } = [];

    /// <summary>How many people could have it, over time, against how many there should be; null where nothing was published.</summary>
    public StepChart? Audience { get; private set; }

    public bool IsOwner => Person.Tenant is { } tenant && Person.Holds(Function.AppOwner, tenant);

    /// <summary>The app itself is of this person's to look after, not only what their force makes of it.</summary>
    public bool IsKeeper => Person.Holds(Function.AppOwner, App.Owner);
    public bool IsOfficer => Person.Tenant is { } tenant && Person.Holds(Function.DataProtectionOfficer, tenant);

    protected override async Task LoadAsync()
    {
        var tenant = Person.Tenant ?? throw Nothing();
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        Life = await Api.FindAsync<AppLife>(OwnApi.Target($"/v1/apps/{Id}/life/{tenant}"));
        Rule = await Api.FindAsync<RuleView>(OwnApi.Target($"/v1/apps/{Id}/rules/{tenant}"));
        Assessment = await Api.FindAsync<AssessmentView>(OwnApi.Target($"/v1/apps/{Id}/assessments/{tenant}"));
        Releases = (await Api.FindAsync<Page<ReleaseView>>(OwnApi.Target($"/v1/apps/{Id}/releases?limit=20")))?.Items ?? [];
        Publications = (await Api.FindAsync<Page<PublicationSummary>>(OwnApi.Target($"/v1/apps/{Id}/publications/{tenant}?limit=50")))?.Items ?? [];
        Audience =
            Publications.Count == 0
                ? null
                : new(
                    L["People who could have it, over time", "Pobl a allai ei gael, dros amser"],
                    [.. Publications.Reverse().Select(p => (p.At, (long)p.Reached))],
                    Now,
                    await EstablishmentAsync(tenant)
                );
    }

    /// <summary>How many the rule's roles should have together; null where one of them has no limit.</summary>
    private async Task<long?> EstablishmentAsync(string tenant)
    {
        var meant = 0L;
        foreach (var role in Rule?.Roles ?? [])
        {
            if ((await Api.FindAsync<RoleEndpoints.RoleView>(OwnApi.Target($"/v1/tenants/{tenant}/roles/{role}")))?.Establishment is not { } most)
            {
                return null;
            }
            meant += most;
        }
        return Rule is { Roles.Count: > 0 } ? meant : null;
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var act = Form["act"];
        if (!Bars.Contains(act))
        {
            Form.Fault("act", L["Choose what to do", "Dewiswch beth i'w wneud"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(
                HttpMethod.Post,
                OwnApi.Target($"/v1/apps/{Id}/{act}"),
                new { reason = Form["reason"].ReplaceLineEndings(" ") },
                answer => Written(answer, $"/apps/{Uri.EscapeDataString(Id)}", L["Done. It is in force everywhere.", "Wedi'i wneud. Mae mewn grym ym mhobman."])
            );
    }
}
