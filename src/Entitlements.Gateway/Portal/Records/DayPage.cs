using System.Globalization;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>A page that tells how something stood at the end of a day, which is asked for in three fields of the query.</summary>
internal abstract class DayPage : PortalPage
{
    /// <summary>The end of the day that was asked for, or now where it is today, as the API reads it; null where none was asked for, or none that is over or has begun.</summary>
    protected string? AskedFor()
    {
        foreach (var part in new[] { "at.day", "at.month", "at.year" })
        {
            Form.Suggest(part, Request.Query[part]);
        }
        if (!Request.Query.ContainsKey("at.day"))
        {
            return null;
        }
        if (Form.Date("at") is not { Year: > 1970 and < 9999 } day || L.EndOf(day.AddDays(-1)) > Now)
        {
            Form.Fault("at", L["Enter a real date that is not in the future", "Rhowch ddyddiad go iawn nad yw yn y dyfodol"]);
            return null;
        }
        var end = L.EndOf(day).AddSeconds(-1);
        return (end < Now ? end : Now).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }
}
