using System.Xml;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>Asks for what opens an app: why, for how long, how urgent.</summary>
internal sealed class AskModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public string Name { get; private set; } = "";
    public RequestForm Asked { get; private set; } = null!;

    /// <summary>Time spans to choose from, the policy's own first; never longer than it allows.</summary>
    public IReadOnlyList<TimeSpan> Spans =>
        [
            .. new[] { Asked.DefaultGrant, TimeSpan.FromHours(12), TimeSpan.FromDays(1), TimeSpan.FromDays(7), TimeSpan.FromDays(28) }
                .Where(s => s <= Asked.LongestGrant)
                .Distinct(),
        ];

    public static string Write(TimeSpan span) => XmlConvert.ToString(span);

    /// <summary>They have yet to accept the app's guidance.</summary>
    public bool MustAccept { get; private set; }

    /// <summary>What is happening now cannot wait for a choice.</summary>
    [BindProperty(SupportsGet = true, Name = "urgent")]
    public bool IsUrgent { get; set; }

    protected override async Task LoadAsync()
    {
        var app = (await OwnStore.ListAsync(Api, Person, device: null)).FirstOrDefault(a => a.App == Id) ?? throw Nothing();
        (Name, MustAccept) = (app.Name, app.Reasons.Any(r => r.Code == DenyReason.GuidanceNotAccepted.Code));
        Asked = await Api.GetAsync<RequestForm>(OwnApi.Target($"/v1/my/request-forms/{Id}"));
        Form.Suggest("for", Write(Asked.DefaultGrant));
        Form.Suggest("urgency", IsUrgent ? "urgent" : "ordinary");
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var asked = await Api.GetAsync<RequestForm>(OwnApi.Target($"/v1/my/request-forms/{Id}"));
        var urgent = Form["urgency"] == "urgent";
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["resource"] = new { type = "app", id = Id },
            ["reason"] = Form["reason"].ReplaceLineEndings(" "),
            ["urgency"] = urgent ? Urgency.Urgent : Urgency.Ordinary,
            ["for"] = urgent ? null : Form.Or("for"),
            ["ticket"] = Form.Or("ticket"),
        };
        if (urgent && !Form.IsEmpty("guidance_notice_read"))
        {
            body["guidance_notice_read"] = true;
        }
        if (!urgent)
        {
            body["answers"] = asked.Questions.ToDictionary(q => q.Id.Value, q => Form[$"answers/{q.Id.Value}"]);
        }
        foreach (var open in asked.Questions.Where(q => !urgent && Form.IsEmpty($"answers/{q.Id.Value}")))
        {
            Form.Fault($"answers/{open.Id.Value}", L["Answer this question", "Atebwch y cwestiwn hwn"]);
        }
        if (asked.TicketRequired && Form.IsEmpty("ticket"))
        {
            Form.Fault("ticket", L["Enter the number of the incident or ticket", "Rhowch rif y digwyddiad neu'r tocyn"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why you need it", "Rhowch pam mae ei angen arnoch"]);
        }
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(
                HttpMethod.Post,
                "/v1/requests",
                body.Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value),
                made =>
                    Go(
                        $"/requests/{made.Made}",
                        urgent
                            ? L["Whoever is on duty has been told", "Mae pwy bynnag sydd ar ddyletswydd wedi cael gwybod"]
                            : L["You have asked", "Rydych wedi gofyn"]
                    )
            );
    }
}
