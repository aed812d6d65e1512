using System.Globalization;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Reports;
using Entitlements.Gateway.Requests;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>Requests by month and outcome, and how long it took to decide them.</summary>
internal sealed class RequestNumbersModel : PortalPage
{
    /// <summary>Null where what was asked for is none.</summary>
    public RequestReportView? Report { get; private set; }

    /// <summary>Null where there is nothing to draw.</summary>
    public BarChart? Chart { get; private set; }

    /// <summary>Months that can be looked at, the newest first.</summary>
    public IEnumerable<(string Value, string Text)> Months =>
        Enumerable.Range(0, RequestReport.LongestMonths).Select(ago => DateOf(Now).AddMonths(-ago)).Select(month => (ValueOf(month), L.Month(month)));

    protected override async Task LoadAsync()
    {
        var (from, to) = (MonthIn("from"), MonthIn("to"));
        Form.Suggest("from", from ?? ValueOf(DateOf(Now).AddMonths(-11)));
        Form.Suggest("to", to ?? ValueOf(DateOf(Now)));
        if (string.CompareOrdinal(Form["from"], Form["to"]) > 0)
        {
            Form.Fault("to", L["The last month must not be before the first", "Rhaid i'r mis olaf beidio â bod cyn y cyntaf"]);
            return;
        }
        Report = await Api.GetAsync<RequestReportView>($"/v1/reports/requests?from={Form["from"]}&to={Form["to"]}");
        Chart = new(
            L["Requests by month: approved, and not approved", "Ceisiadau fesul mis: cymeradwywyd, a heb eu cymeradwyo"],
            [.. Report.Months.Select(m => (MonthOf(m.Month), (long)Approved(m.Groups), (long)(All(m.Groups) - Approved(m.Groups))))]
        );
    }

    public static int All(IEnumerable<RequestGroup> groups) => groups.Sum(g => g.Outcomes.Sum(o => o.Count));

    public static int Approved(IEnumerable<RequestGroup> groups) => Count(groups, RequestStatus.Granted);

    public static int Count(IEnumerable<RequestGroup> groups, params RequestStatus[] statuses) =>
        groups.Sum(g => g.Outcomes.Where(o => statuses.Contains(o.Status)).Sum(o => o.Count));

    public string Urgency(Urgency urgency) =>
        urgency switch
        {
            Engine.Requests.Urgency.Ordinary => L["Ordinary", "Cyffredin"],
            Engine.Requests.Urgency.Urgent => L["Urgent", "Brys"],
            Engine.Requests.Urgency.BreakGlass => L["Taken in an emergency, without a vote", "Cymerwyd mewn argyfwng, heb bleidlais"],
        };

    public string Time(TimeSpan? time) => time is { } known ? L.Span(known) : "–";

    public string Month(string month) => L.Month(MonthOf(month));

    /// <summary>The month that was asked for; null where none was, or none that the page offers.</summary>
    private string? MonthIn(string name) => Months.Select(m => m.Value).FirstOrDefault(value => value == Request.Query[name]);

    private static DateOnly DateOf(DateTimeOffset at) => new(at.UtcDateTime.Year, at.UtcDateTime.Month, 1);

    private static DateOnly MonthOf(string month) => DateOnly.ParseExact(month + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string ValueOf(DateOnly month) => month.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}
