using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>One role: who holds it, as far as the reader may know, against how many should; giving it and ending it.</summary>
internal sealed class RoleModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "role")]
    public string Id { get; set; } = "";

    public RoleEndpoints.RoleView Role { get; private set; } = null!;
    public AssignmentEndpoints.AssignmentPage Held { get; private set; } = null!;

    public bool MayGive => Person.Tenant is { } tenant && Person.Holds(Function.RoleAdmin, tenant);

    private string Target => OwnApi.Target($"/v1/tenants/{Person.Tenant ?? throw Nothing()}/roles/{Id}");

    protected override async Task LoadAsync()
    {
        Role = await Api.GetAsync<RoleEndpoints.RoleView>(Target);
        Held = await Api.GetAsync<AssignmentEndpoints.AssignmentPage>(After($"{Target}/assignments?limit=50"));
    }

    /// <summary>Gives the role: at once where it is not restricted, else by a change that others vote on.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("subject"))
        {
            Form.Fault("subject", L["Enter who is to hold it", "Rhowch pwy sydd i'w dal"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        var until = Form.Date("not_after");
        if (until is null && !(Form.IsEmpty("not_after.day") && Form.IsEmpty("not_after.month") && Form.IsEmpty("not_after.year")))
        {
            Form.Fault("not_after", L["Enter a real date, such as 27 3 2027", "Rhowch ddyddiad go iawn, fel 27 3 2027"]);
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var held = $"{Target}/assignments/{Uri.EscapeDataString(Form["subject"])}";
        var stands = await Api.SendAsync(HttpMethod.Get, held);
        var answer = await Api.SendAsync(
            HttpMethod.Put,
            held + OwnApi.Target($"?reason={Form["reason"].ReplaceLineEndings(" ")}"),
            new { not_after = until is { } end ? L.EndOf(end) : (DateTimeOffset?)null },
            Form.Key,
            stands.Version
        );
        return !answer.Succeeded
            ? await RefusedAsync(answer)
            : Written(answer, $"/roles/{Uri.EscapeDataString(Id)}", L["Given. It is in force.", "Rhoddwyd. Mae mewn grym."]);
    }

    /// <summary>Ends somebody's role, from every source.</summary>
    public async Task<IActionResult> OnPostEndAsync()
    {
        if (Form.IsEmpty("why"))
        {
            Form.Fault("why", L["Enter why", "Rhowch pam"]);
            return await WrongAsync();
        }
        var held = $"{Target}/assignments/{Uri.EscapeDataString(Form["holder"])}";
        var stands = await Api.SendAsync(HttpMethod.Get, held);
        var answer = await Api.SendAsync(
            HttpMethod.Delete,
            held + OwnApi.Target($"?reason={Form["why"].ReplaceLineEndings(" ")}"),
            body: null,
            Form.Key,
            stands.Version
        );
        return answer.Succeeded
            ? Written(
                answer,
                $"/roles/{Uri.EscapeDataString(Id)}",
                L["Ended. It opens nothing any more, anywhere.", "Daeth i ben. Nid yw'n agor dim mwyach, yn unman."]
            )
            : await RefusedAsync(answer);
    }
}
