using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Devices;

/// <summary>A device of the person who asks.</summary>
/// <param name="UsableUntil">End of a booking or of a provisional enrolment; null where it has none.</param>
internal sealed record OwnDevice(string Device, DeviceKind Kind, bool Managed, DateTimeOffset? UsableUntil);

/// <summary><c>/v1/my/devices</c>: what is theirs or booked to them, in their own force.</summary>
internal static class OwnDevices
{
    public static void MapOwnDevices(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/my/devices", ListAsync)
            .Permit(anyPerson: true)
            .InExercises()
            .WithTags("Devices")
            .WithName("ListOwnDevices")
            .WithSummary("One's own devices, and those that are booked to oneself.")
            .Produces<Page<OwnDevice>>();

    private static async Task<IResult> ListAsync(Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var (tenant, key) = caller is Caller.Person person ? (person.Tenant, person.SubjectKey) : (null, null);
        var (now, after) = (clock.Now(), page.After);
        var rows = await db
            .Devices.AsNoTracking()
            .Where(d =>
                d.Tenant == tenant
                && d.SubjectKey == key
                && key != null
                && (d.UsableUntil == null || d.UsableUntil > now)
                && (after == null || d.Id.CompareTo(after) > 0)
            )
            .OrderBy(d => d.Id)
            .Take(page.Limit + 1)
            .Select(d => new OwnDevice(d.Id, d.Kind, d.Managed, d.UsableUntil))
            .ToListAsync();
        return TypedResults.Ok(page.Of(rows, d => d.Device));
    }
}
