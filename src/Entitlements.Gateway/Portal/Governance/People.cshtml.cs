using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The force's people, to who looks after them or audits.</summary>
internal sealed class PeopleModel : PortalPage
{
    /// <summary>An id, a user principal name or a person's number, each whole.</summary>
    [BindProperty(SupportsGet = true, Name = "find")]
    public string? Find { get; set; }

    public Page<SubjectEndpoints.SubjectView> People { get; private set; } = new([], null);

    public bool MayKeep => Person.Tenant is { } tenant && Person.Holds(Function.RoleAdmin, tenant);

    private string Target => OwnApi.Target($"/v1/tenants/{Person.Tenant ?? throw Nothing()}/subjects");

    protected override async Task LoadAsync() =>
        People = string.IsNullOrWhiteSpace(Find) ? await ListAsync<SubjectEndpoints.SubjectView>($"{Target}?limit=50") : await FindAsync(Find.Trim());

    /// <summary>Leads to the page of somebody who is not on record yet.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (!OpaqueId.IsValid(Form["subject"]))
        {
            Form.Fault("subject", L["Enter the id that the person signs in with", "Rhowch y rhif y mae'r person yn mewngofnodi ag ef"]);
            return await WrongAsync();
        }
        return LocalRedirect(OwnApi.Target($"/people/{Form["subject"]}"));
    }

    private async Task<Page<SubjectEndpoints.SubjectView>> FindAsync(string find)
    {
        List<SubjectEndpoints.SubjectView> found = [];
        if (OpaqueId.IsValid(find) && await Api.FindAsync<SubjectEndpoints.SubjectView>(Target + OwnApi.Target($"/{find}")) is { } named)
        {
            found.Add(named);
        }
        foreach (var query in new[] { OwnApi.Target($"?user_principal_name={find}"), OwnApi.Target($"?person={find}") })
        {
            found.AddRange((await Api.GetAsync<Page<SubjectEndpoints.SubjectView>>(Target + query)).Items);
        }
        return new([.. found.DistinctBy(p => (p.Issuer, p.Subject))], null);
    }
}
