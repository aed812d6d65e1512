using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>One person of the force: record, roles as far as the reader may know, phones; keeping all that, suspending and letting in again.</summary>
internal sealed class PersonModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "subject")]
    public string Id { get; set; } = "";

    /// <summary>Null: the force's own provider.</summary>
    [BindProperty(SupportsGet = true, Name = "issuer")]
    public string? Issuer { get; set; }

    /// <summary>Null: nobody of this id is on record.</summary>
    public SubjectEndpoints.SubjectView? Subject { get; private set; }
    public string? Version { get; private set; }
    public IReadOnlyList<AssignmentEndpoints.AssignmentView> Roles { get; private set; } = [];
    public IReadOnlyList<DeviceEndpoints.DeviceView> Devices { get; private set; } = [];

    public bool MayKeep => Person.Holds(Function.RoleAdmin, Tenant);

    private string Tenant => Person.Tenant ?? throw Nothing();
    private string OfIssuer => Issuer is null ? "" : OwnApi.Target($"issuer={Issuer}");
    private string Target => OwnApi.Target($"/v1/tenants/{Tenant}/subjects/{Id}");
    private string Here => OwnApi.Target($"/people/{Id}") + (Issuer is null ? "" : $"?{OfIssuer}");

    protected override async Task LoadAsync()
    {
        var stands = await Api.SendAsync(HttpMethod.Get, $"{Target}?{OfIssuer}");
        if (stands.Status == StatusCodes.Status404NotFound && MayKeep)
        {
            return; // to be put on record
        }
        (Subject, Version) = (stands.ReadOrThrow<SubjectEndpoints.SubjectView>(), stands.Version);
        Roles = (await Api.FindAsync<Page<AssignmentEndpoints.AssignmentView>>($"{Target}/assignments?{OfIssuer}"))?.Items ?? [];
        Devices =
            (
                await Api.FindAsync<Page<DeviceEndpoints.DeviceView>>(
                    OwnApi.Target($"/v1/tenants/{Tenant}/devices?limit=100&subject={Id}&issuer={Subject.Issuer}")
                )
            )?.Items
            ?? [];
        Form.Suggest("display_name", Subject.DisplayName);
        Form.Suggest("user_principal_name", Subject.UserPrincipalName);
        Form.Suggest("person", Subject.Person);
        Form.Suggest("manager", Subject.Manager);
        Form.Suggest("email", Subject.Email);
        Form.Suggest("mobile", Subject.Mobile);
        Form.Suggest("tell_by", Subject.TellBy.ToString().ToLowerInvariant());
    }

    /// <summary>Puts on record or alters; whose account it is becomes a change.</summary>
    public Task<IActionResult> OnPostAsync() =>
        SendAsync(
            HttpMethod.Put,
            $"{Target}?{OfIssuer}",
            new
            {
                display_name = Form.Or("display_name"),
                user_principal_name = Form.Or("user_principal_name"),
                person = Form.Or("person"),
                manager = Form.Or("manager"),
                email = Form.Or("email"),
                mobile = Form.Or("mobile"),
                tell_by = Form.Or("tell_by") ?? "mail",
            },
            answer => Written(answer, Here, L["On record.", "Ar gofnod."])
        );

    /// <summary>Refuses them everything from now on.</summary>
    public Task<IActionResult> OnPostSuspendAsync() =>
        BecauseAsync(
            "why",
            $"{Target}/suspend",
            L["Suspended. They can have nothing any more, anywhere.", "Wedi'i atal. Ni allant gael dim mwyach, yn unman."]
        );

    /// <summary>Proposes to let them in again.</summary>
    public Task<IActionResult> OnPostResumeAsync() => BecauseAsync("why", $"{Target}/resume", L["Done", "Wedi'i wneud"]);

    /// <summary>Puts a phone of theirs on record, or confirms the one that they enrolled.</summary>
    public async Task<IActionResult> OnPostPhoneAsync()
    {
        if (Form.IsEmpty("device"))
        {
            Form.Fault("device", L["Enter the phone's id", "Rhowch rif y ffôn"]);
            return await WrongAsync();
        }
        var target = OwnApi.Target($"/v1/tenants/{Tenant}/devices/{Form["device"]}");
        var stands = await Api.SendAsync(HttpMethod.Get, target);
        var known = stands.Succeeded ? stands.Read<DeviceEndpoints.DeviceView>() : null;
        if (known is not null && known.Subject != Id)
        {
            Form.Fault("device", L["This phone is on record for somebody else", "Mae'r ffôn hwn ar gofnod i rywun arall"]);
            return await WrongAsync(StatusCodes.Status409Conflict);
        }
        var answer = await Api.SendAsync(
            HttpMethod.Put,
            target,
            new
            {
                kind = DeviceKind.Personal,
                subject = Id,
                subject_issuer = Issuer,
                managed = known?.Managed ?? false,
                identifiers = known?.Identifiers ?? [],
            },
            Form.Key,
            stands.Version
        );
        return answer.Succeeded ? Written(answer, Here, L["The phone is on record.", "Mae'r ffôn ar gofnod."]) : await RefusedAsync(answer);
    }

    /// <summary>Takes a phone out: it opens nothing any more.</summary>
    public async Task<IActionResult> OnPostPhoneOutAsync()
    {
        var target = OwnApi.Target($"/v1/tenants/{Tenant}/devices/{Form["out"]}");
        var stands = await Api.SendAsync(HttpMethod.Get, target);
        var answer = await Api.SendAsync(HttpMethod.Delete, target + "?reason=Taken+out", body: null, Form.Key, stands.Version);
        return answer.Succeeded
            ? Written(answer, Here, L["The phone is out. It opens nothing any more.", "Mae'r ffôn allan. Nid yw'n agor dim mwyach."])
            : await RefusedAsync(answer);
    }

    private async Task<IActionResult> BecauseAsync(string field, string act, string done)
    {
        if (Form.IsEmpty(field))
        {
            Form.Fault(field, L["Enter why", "Rhowch pam"]);
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Post,
            $"{act}?{OfIssuer}",
            new { reason = Form[field].ReplaceLineEndings(" ") },
            answer => Written(answer, Here, done)
        );
    }
}
