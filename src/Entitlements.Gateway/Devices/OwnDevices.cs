using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
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
    public static void MapOwnDevices(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/v1/my/devices").WithTags("Devices").InExercises();
        own.MapGet("", ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListOwnDevices")
            .WithSummary("One's own devices, and those that are booked to oneself.")
            .Produces<Page<OwnDevice>>();
        own.MapPost("", EnrolAsync)
            .Permit(anyPerson: true)
            .WithName("EnrolOwnDevice")
            .WithSummary("Puts a phone in the place of one's own, for 24 hours, until the force confirms it; the old one opens nothing from then on.")
            .ProducesWrite();
    }

    private static async Task<IResult> EnrolAsync(Caller caller, WriteRequest request, Body<EnrolmentBody> body, ChangeDesk desk)
    {
        var given = body.Value;
        new[] { ("/device", (OpaqueId?)given.Device), ("/serial", given.Serial) }
            .Where(name => name.Item2 is { } id && !SubjectIds.IsVisible(id.Value))
            .Select(name => (name.Item1, "holds a character that cannot be seen"))
            .ThrowIfAny();
        return caller is Caller.Person { Tenant: { } tenant, SubjectKey: { } key }
            ? (await desk.SubmitAsync(request, new DeviceEnrolment(tenant, key, given.Device.Value, given.Serial?.Value, given.Replaces.Value))).ToResult()
            : Problems.NotFound();
    }

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

internal sealed record EnrolmentBody
{
    /// <summary>What the store calls it: an id that the force has on no other device.</summary>
    public required OpaqueId Device { get; init; }

    /// <summary>Its serial number, where that is another than <see cref="Device"/>.</summary>
    public OpaqueId? Serial { get; init; }

    /// <summary>One's own phone in whose place it comes.</summary>
    public required OpaqueId Replaces { get; init; }
}
