using Entitlements.Engine.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>A tenant's working hours; one that has said none works Monday to Friday, 9 to 17, by London's clock.</summary>
internal static class Calendars
{
    public const string DefaultZone = "Europe/London";

    private static readonly DayOfWeek[] Weekdays = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday];

    public static CalendarBody Default { get; } = new() { Zone = DefaultZone, Hours = [.. Weekdays.Select(day => new HoursBody(day, "09:00", "17:00"))] };

    public static async Task<WorkingCalendar> OfAsync(EntitlementsDb db, string tenant) => (await FindAsync(db, tenant)).Body.ToCalendar();

    public static async Task<(CalendarBody Body, long Version)> FindAsync(EntitlementsDb db, string tenant) =>
        await db.Calendars.AsNoTracking().SingleOrDefaultAsync(c => c.Tenant == tenant) is { } row
            ? (System.Text.Json.JsonSerializer.Deserialize<CalendarBody>(row.Calendar, StoredJson.Options)!, row.Version)
            : (Default, 0);
}
