using System.Globalization;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>When a force works: time limits of approvals run only then.</summary>
internal sealed record CalendarBody
{
    private const int MostHours = 100;
    private const int MostHolidays = 1_000;

    /// <summary>IANA name of the clock on the wall, for instance <c>Europe/London</c>.</summary>
    public required string Zone { get; init; }

    /// <summary>Spans of a weekday; a shift over midnight is two. None may overlap, and one is needed.</summary>
    public required IReadOnlyList<HoursBody> Hours { get; init; }

    /// <summary>Days on which nobody works.</summary>
    public IReadOnlyList<DateOnly> Holidays { get; init; } = [];

    public WorkingCalendar ToCalendar() => new(TimeZoneInfo.FindSystemTimeZoneById(Zone), Hours.Select(h => h.ToHours()!.Value), Holidays);

    public IEnumerable<(string, string)> Faults()
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out _))
        {
            yield return ("/zone", "must be the name of a time zone, for instance Europe/London");
        }
        if (Hours.Count is 0 or > MostHours)
        {
            yield return ("/hours", FormattableString.Invariant($"must be 1 to {MostHours} spans"));
        }
        foreach (var (i, span) in Hours.Index())
        {
            if (span.ToHours() is not { } hours)
            {
                yield return (FormattableString.Invariant($"/hours/{i}"), "must run from HH:MM to a later HH:MM, at most 24:00");
            }
            else if (
                Hours.Take(i).Any(other => other.ToHours() is { } before && before.Day == hours.Day && before.From < hours.Until && hours.From < before.Until)
            )
            {
                yield return (FormattableString.Invariant($"/hours/{i}"), "overlaps another span of the day");
            }
        }
        if (Holidays.Count > MostHolidays)
        {
            yield return ("/holidays", FormattableString.Invariant($"must be at most {MostHolidays} days"));
        }
    }
}

/// <param name="Day">Of the week.</param>
/// <param name="From"><c>HH:MM</c> by the clock on the wall.</param>
/// <param name="Until">Later <c>HH:MM</c>, at most <c>24:00</c>.</param>
internal sealed record HoursBody(DayOfWeek Day, string From, string Until)
{
    /// <summary>Null where the span is none.</summary>
    public WorkingHours? ToHours() => TimeOf(From) is { } from && TimeOf(Until) is { } until && from < until ? new(Day, from, until) : null;

    private static TimeSpan? TimeOf(string text) =>
        text == "24:00" ? TimeSpan.FromHours(24)
        : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToTimeSpan()
        : null;
}

/// <summary>A tenant's calendar as JSON.</summary>
internal sealed class CalendarRow
{
    public required string Tenant { get; init; }
    public required string Calendar { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Sets when a force works. No decision looks at it, and no deadline that runs moves; so it needs no second person.</summary>
internal sealed record CalendarAlteration(string Tenant, CalendarBody Calendar) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/calendar";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([]);

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await scope.Db.Tenants.AnyAsync(t => t.Id == Tenant)
            ? new(Engine.Changes.Reach.Unchanged, (await Calendars.FindAsync(scope.Db, Tenant)).Version)
            : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var json = StoredJson.Write(Calendar);
        if (await scope.Db.Calendars.SingleOrDefaultAsync(c => c.Tenant == Tenant) is { } row)
        {
            row.Calendar = json;
            row.Version++;
        }
        else
        {
            scope.Db.Calendars.Add(new() { Tenant = Tenant, Calendar = json });
        }
        return null;
    }
}

/// <summary><c>/v1/tenants/{tenant}/calendar</c>.</summary>
internal static class CalendarEndpoints
{
    public static void MapCalendars(this IEndpointRouteBuilder routes)
    {
        var calendar = routes.MapGroup("/v1/tenants/{tenant}/calendar").WithTags("Requests").InExercises();
        calendar
            .MapGet("", ReadAsync)
            .PermitManaging([.. Function.OfTenant])
            .WithName("GetCalendar")
            .WithSummary("When the force works; where it has said nothing, Monday to Friday, 9 to 17, by London's clock.")
            .Produces<CalendarBody>();
        calendar
            .MapPut("", WriteAsync)
            .PermitManaging(Function.RoleAdmin)
            .WithName("PutCalendar")
            .WithSummary("Sets working hours and holidays. Time limits that begin from now on run by them.")
            .ProducesWrite();
    }

    private static async Task<IResult> ReadAsync(NameId tenant, HttpContext context, EntitlementsDb db) =>
        await db.Tenants.AnyAsync(t => t.Id == tenant.Value) && await Calendars.FindAsync(db, tenant.Value) is var (body, version)
            ? WriteResults.OfResource(context, body, version)
            : Problems.NotFound();

    private static async Task<IResult> WriteAsync(NameId tenant, WriteRequest request, Body<CalendarBody> body, ChangeDesk desk)
    {
        body.Value.Faults().ThrowIfAny();
        return (await desk.SubmitAsync(request, new CalendarAlteration(tenant.Value, body.Value))).ToResult();
    }
}
