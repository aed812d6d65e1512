using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Proposes who can have an app: which roles, on which device, until when.</summary>
internal sealed class RuleModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public AppView App { get; private set; } = null!;
    public IReadOnlyList<RoleEndpoints.RoleView> Roles { get; private set; } = [];

    /// <summary>Of the rule as it stands; null: there is none.</summary>
    public string? Version { get; private set; }

    private string Tenant => Person.Tenant ?? throw Nothing();

    private string Target => OwnApi.Target($"/v1/apps/{Id}/rules/{Tenant}");

    protected override async Task LoadAsync()
    {
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        Roles =
        [
            .. (await Api.GetAsync<Page<RoleEndpoints.RoleView>>(OwnApi.Target($"/v1/tenants/{Tenant}/roles?limit=500"))).Items.Where(r => !r.Administrative),
        ];
        var stands = await Api.SendAsync(HttpMethod.Get, Target);
        if (stands.Succeeded)
        {
            var rule = stands.Read<RuleView>();
            Version = stands.Version;
            Form.Suggest("roles", rule.Roles.ToArray());
            Form.Suggest("device", rule.Device.ToString().ToLowerInvariant());
        }
        Form.Suggest("device", "known");
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("roles"))
        {
            Form.Fault("roles", L["Choose at least one role: without one nobody can have it", "Dewiswch o leiaf un rôl: heb un ni all neb ei gael"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        if (Form.Date("in_force_until") is null && !Form.IsEmpty("in_force_until.day"))
        {
            Form.Fault("in_force_until", L["Enter a real date, such as 27 3 2027", "Rhowch ddyddiad go iawn, fel 27 3 2027"]);
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var stands = await Api.FindAsync<RuleView>(Target);
        var body = new
        {
            roles = Form.All("roles"),
            accreditations = stands?.Accreditations ?? [], // as they stand: the page does not ask for them, and must not take them away
            device = Form["device"],
            in_force_until = Form.Date("in_force_until") is { } day ? L.EndOf(day) : (DateTimeOffset?)null,
            reason = Form["reason"].ReplaceLineEndings(" "),
        };
        return await SendAsync(
            HttpMethod.Put,
            Target,
            body,
            answer =>
                Written(
                    answer,
                    $"/apps/{Uri.EscapeDataString(Id)}",
                    L["Changed. It is in force.", "Newidiwyd. Mae mewn grym."],
                    L[
                        "Proposed. Look at whom it reaches: it takes effect when others have voted for it.",
                        "Cynigiwyd. Edrychwch pwy y mae'n ei gyrraedd: daw i rym pan fydd eraill wedi pleidleisio drosto."
                    ]
                )
        );
    }
}
