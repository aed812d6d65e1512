using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Reports;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>Every app of the force with its assessment: what lapsed, what is missing, what waits, the worst first.</summary>
internal sealed class DpiasModel : PortalPage
{
    /// <summary>Under so many days a review is soon.</summary>
    private const int Soon = 30;

    public Page<AssessmentInQueue> Apps { get; private set; } = new([], null);

    protected override async Task LoadAsync() => Apps = await ListAsync<AssessmentInQueue>("/v1/reports/assessments?limit=50");

    public (string Kind, string Text) Standing(AssessmentInQueue app) =>
        app.Standing switch
        {
            AssessmentStanding.Lapsed => ("no", L["Review overdue", "Adolygiad yn hwyr"]),
            AssessmentStanding.Missing => ("no", L["Needed, and there is none", "Ei angen, ac nid oes un"]),
            AssessmentStanding.Refused => ("ended", L["Refused", "Gwrthodwyd"]),
            AssessmentStanding.None => ("ended", L["None: not a high-risk app", "Dim: nid ap risg uchel"]),
            AssessmentStanding.InForce when app.ReviewBy - Now < TimeSpan.FromDays(Soon) => (
                "waiting",
                L["In force, review soon", "Mewn grym, adolygiad yn fuan"]
            ),
            AssessmentStanding.InForce => ("yes", L["In force", "Mewn grym"]),
        };

    /// <summary>The review date, and how far it is.</summary>
    public string Review(AssessmentInQueue app) =>
        app.ReviewBy is not { } by ? "–"
        : by > Now ? L[$"{L.Date(by)}, {L.Span(by - Now)} left", $"{L.Date(by)}, {L.Span(by - Now)} ar ôl"]
        : L[$"{L.Date(by)}, {L.Span(Now - by)} ago", $"{L.Date(by)}, {L.Span(Now - by)} yn ôl"];

    public string Outcome(AssessmentInQueue app) =>
        app.Outcome is { } outcome ? AppWords.Outcome(outcome, L) : L["Nothing decided yet.", "Dim wedi'i benderfynu eto."];
}
