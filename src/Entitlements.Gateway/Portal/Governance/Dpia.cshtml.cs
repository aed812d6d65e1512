using System.Globalization;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>Proposes a data protection impact assessment of an app in this person's force, from the one that stands.</summary>
internal sealed class DpiaModel : PortalPage
{
    private static readonly string[] Texts = ["purpose", "data", "risks", "measures", "screening"];

    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public AppView App { get; private set; } = null!;

    /// <summary>Of the assessment as it stands; null: there is none.</summary>
    public string? Version { get; private set; }

    /// <summary>What its versions can do, and what was looked at before: the riskiest first.</summary>
    public IReadOnlyList<CapabilityView> Capabilities { get; private set; } = [];

    private string Tenant => Person.Tenant ?? throw Nothing();
    private string Target => OwnApi.Target($"/v1/apps/{Id}/assessments/{Tenant}");

    protected override async Task LoadAsync()
    {
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        var releases = await Api.GetAsync<Page<ReleaseView>>(OwnApi.Target($"/v1/apps/{Id}/releases?limit=500"));
        var stands = await Api.SendAsync(HttpMethod.Get, Target);
        var before = stands.Succeeded ? stands.Read<AssessmentView>() : null;
        Version = stands.Version;
        Capabilities =
        [
            .. releases
                .Items.SelectMany(r => r.Capabilities)
                .Concat(before?.Covers ?? [])
                .DistinctBy(c => c.Name)
                .OrderByDescending(c => c.Risk)
                .ThenBy(c => c.Name, StringComparer.Ordinal),
        ];
        if (before is not null)
        {
            Suggest(before);
        }
        Form.Suggest("grace", "7");
        Form.Suggest("record/owner", Person.Subject);
    }

    private void Suggest(AssessmentView stands)
    {
        Form.Suggest("outcome", WordOf(stands.Outcome));
        Form.Suggest("grace", ((int)stands.Grace.TotalDays).ToString(CultureInfo.InvariantCulture));
        if (!Form.HasErrors)
        {
            Form.Suggest("covers", stands.Covers.Select(c => c.Name).ToArray()); // of a form that was sent no box that is not ticked comes back
        }
        if (stands.Record is { } record)
        {
            Form.Suggest("record/owner", record.Owner);
            Form.Suggest("record/regime", WordOf(record.Regime));
            Form.Suggest("record/purpose", record.Purpose);
            Form.Suggest("record/data", record.Data);
            Form.Suggest("record/risks", record.Risks);
            Form.Suggest("record/measures", record.Measures);
            Form.Suggest("record/screening", record.Screening);
        }
    }

    public async Task<IActionResult> OnPostAsync()
    {
        RequireAll();
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Put,
            Target,
            Body(),
            answer =>
                Written(
                    answer,
                    OwnApi.Target($"/apps/{Id}"),
                    L["Done. It is in force.", "Wedi'i wneud. Mae mewn grym."],
                    L[
                        "Proposed. It is in force when the data protection officer, and an approver where the risk is high, have voted for it.",
                        "Cynigiwyd. Daw i rym pan fydd y swyddog diogelu data, a chymeradwywr lle mae'r risg yn uchel, wedi pleidleisio drosto."
                    ]
                )
        );
    }

    private void RequireAll()
    {
        if (Form.IsEmpty("outcome"))
        {
            Form.Fault("outcome", L["Choose what was concluded", "Dewiswch beth a gasglwyd"]);
        }
        if (Form.Date("in_force_until") is null)
        {
            Form.Fault("in_force_until", L["Enter the review date, such as 27 3 2027", "Rhowch y dyddiad adolygu, fel 27 3 2027"]);
        }
        if (!int.TryParse(Form["grace"], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            Form.Fault("grace", L["Enter a number of days, 0 to 30", "Rhowch nifer o ddyddiau, 0 i 30"]);
        }
        if (Form["outcome"] != "refused" && Form.IsEmpty("record/regime"))
        {
            Form.Fault("record/regime", L["Choose under which law", "Dewiswch o dan ba gyfraith"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter what it rests on", "Rhowch ar beth y mae'n gorffwys"]);
        }
    }

    private object Body()
    {
        var isWritten = !Form.IsEmpty("record/regime") && Texts.Any(text => !Form.IsEmpty($"record/{text}"));
        var isScreening = Form["outcome"] == "not-needed";
        return new
        {
            outcome = Form["outcome"],
            in_force_until = L.EndOf(Form.Date("in_force_until")!.Value),
            grace = TimeSpan.FromDays(Math.Min(int.Parse(Form["grace"], CultureInfo.InvariantCulture), 1000)),
            covers = Form.All("covers").Concat(Form["more"].Split((char[])[' ', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)),
            record = isWritten || Form["outcome"] != "refused"
                ? new
                {
                    owner = Form["record/owner"],
                    regime = Form["record/regime"],
                    purpose = Form.Or("record/purpose"),
                    data = Form.Or("record/data"),
                    risks = Form.Or("record/risks"),
                    measures = Form.Or("record/measures"),
                    screening = isScreening ? Form.Or("record/screening") : null,
                }
                : null,
            reason = Form["reason"].ReplaceLineEndings(" "),
        };
    }

    private static string WordOf(AssessmentOutcome outcome) => outcome == AssessmentOutcome.NotNeeded ? "not-needed" : outcome.ToString().ToLowerInvariant();

    private static string WordOf(Regime regime) =>
        regime switch
        {
            Regime.UkGdpr => "uk-gdpr",
            Regime.LawEnforcement => "law-enforcement",
            Regime.Both => "both",
        };
}
