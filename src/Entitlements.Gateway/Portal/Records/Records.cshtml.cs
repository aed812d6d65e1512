using System.Globalization;
using Entitlements.Gateway.Audit;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>The log of the force, or of the installation: who did what, when and why, newest first.</summary>
internal sealed class RecordsModel : PortalPage
{
    public Page<AuditEventView> Events { get; private set; } = new([], null);

    /// <summary>Something narrows the list.</summary>
    public bool IsNarrowed { get; private set; }

    protected override async Task LoadAsync()
    {
        foreach (var (name, value) in Request.Query.Where(q => q.Key != "cursor"))
        {
            Form.Suggest(name, value);
            IsNarrowed |= !string.IsNullOrWhiteSpace(value);
        }
        var from = DateOf("from") is { } first ? L.EndOf(first.AddDays(-1)) : (DateTimeOffset?)null;
        var to = DateOf("to") is { } last ? L.EndOf(last) : (DateTimeOffset?)null;
        if (to <= from)
        {
            Form.Fault("to", L["The last day must not be before the first", "Rhaid i'r diwrnod olaf beidio â bod cyn y cyntaf"]);
        }
        if (Form.HasErrors)
        {
            return;
        }
        var target = "/v1/audit/events?limit=50" + string.Concat(new[] { "kind", "actor", "target" }.Select(name => Part(name, Form.Or(name))));
        var answer = await Api.SendAsync(HttpMethod.Get, After(target + Part("from", Text(from)) + Part("to", Text(to))));
        if (answer.Problem is { Status: StatusCodes.Status400BadRequest } problem)
        {
            Form.Refuse(problem);
            return;
        }
        Events = answer.ReadOrThrow<Page<AuditEventView>>();
    }

    /// <summary>The day in the three fields of that name; null where none was typed.</summary>
    private DateOnly? DateOf(string field)
    {
        if (Form.IsEmpty(field + ".day") && Form.IsEmpty(field + ".month") && Form.IsEmpty(field + ".year"))
        {
            return null;
        }
        var day = Form.Date(field) is { Year: > 1970 and < 9999 } real ? real : (DateOnly?)null;
        if (day is null)
        {
            Form.Fault(field, L["Enter a real date, for example 27 3 2026", "Rhowch ddyddiad go iawn, er enghraifft 27 3 2026"]);
        }
        return day;
    }

    private static string Part(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string? Text(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
