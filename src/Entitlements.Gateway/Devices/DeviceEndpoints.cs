using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Devices;

/// <summary><c>/v1/tenants/{tenant}/devices</c>: phones and tablets of one person, of a pool, or shared.</summary>
internal static class DeviceEndpoints
{
    private const int MostIdentifiers = 16;

    public static void MapDeviceRecords(this IEndpointRouteBuilder routes)
    {
        var devices = routes.MapGroup("/v1/tenants/{tenant}/devices").WithTags("Devices").InExercises();
        string[] readers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];
        devices
            .MapGet("", ListAsync)
            .WithName("ListDevices")
            .WithSummary("The tenant's devices; of one subject where asked.")
            .Produces<Page<DeviceView>>()
            .PermitManaging(readers);
        devices
            .MapGet("{device}", ReadAsync)
            .WithName("GetDevice")
            .WithSummary("One device.")
            .Produces<DeviceView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        devices
            .MapPut("{device}", WriteAsync)
            .WithName("PutDevice")
            .WithSummary("Registers a device or alters its record.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        devices
            .MapDelete("{device}", RemoveAsync)
            .WithName("DeleteDevice")
            .WithSummary("Takes a device out: nobody has it any more.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        devices
            .MapPut("{device}/key", RefuseKey)
            .WithName("PutDeviceKey")
            .WithSummary("Enrolling a device key: not offered yet.")
            .ProducesProblem(StatusCodes.Status409Conflict)
            .Permit(scope: null, anyPerson: true);
    }

    private static async Task<IResult> ListAsync(NameId tenant, PageQuery page, EntitlementsDb db, string? subject, string? issuer)
    {
        var holder = subject is null ? null : await Subjects.FindAsync(db, tenant.Value, issuer, subject);
        if (subject is not null && holder is null)
        {
            return TypedResults.Ok(new Page<DeviceView>([], null));
        }
        var rows = db.Devices.AsNoTracking().Where(d => d.Tenant == tenant.Value && (holder == null || d.SubjectKey == holder.Key));
        if (page.After is { } after)
        {
            rows = rows.Where(d => d.Id.CompareTo(after) > 0);
        }
        var views = await ViewsAsync(db, tenant.Value, await rows.OrderBy(d => d.Id).Take(page.Limit + 1).ToListAsync());
        return TypedResults.Ok(page.Of(views, d => d.Device));
    }

    private static async Task<IResult> ReadAsync(NameId tenant, OpaqueId device, HttpContext context, EntitlementsDb db)
    {
        var rows = await db.Devices.AsNoTracking().Where(d => d.Tenant == tenant.Value && d.Id == device.Value).ToListAsync();
        var views = await ViewsAsync(db, tenant.Value, rows);
        return WriteResults.OfResource(context, views.FirstOrDefault(), rows.FirstOrDefault()?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(
        NameId tenant,
        OpaqueId device,
        WriteRequest request,
        Body<DeviceBody> body,
        TrustedProviders providers,
        ChangeDesk desk
    )
    {
        var given = body.Value;
        var faults = FaultsOf(given).ToList();
        if (faults.Count > 0)
        {
            return Problems.BadRequest(faults);
        }
        string[] identifiers = [.. given.Identifiers.Select(i => i.Value).Distinct().Order(StringComparer.Ordinal)];
        return Issuers.FaultOf(providers, given.SubjectIssuer, tenant.Value, "/subject_issuer")
            ?? (
                await desk.SubmitAsync(
                    request,
                    new DeviceAlteration(
                        tenant.Value,
                        device.Value,
                        given.Kind,
                        given.Subject?.Value,
                        given.SubjectIssuer,
                        given.UsableUntil,
                        given.Managed,
                        identifiers
                    )
                )
            ).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, OpaqueId device, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new DeviceRemoval(tenant.Value, device.Value))).ToResult();

    /// <remarks>The same answer for every device, so that it tells nothing of which exist.</remarks>
    private static IResult RefuseKey(NameId tenant, OpaqueId device) =>
        Problems.Conflict(
            "device_keys_not_offered",
            "This version proves the person by their own access token (subject_token) only; device keys cannot be enrolled."
        );

    private static IEnumerable<(string, string)> FaultsOf(DeviceBody body)
    {
        if (body.Kind == DeviceKind.Personal && body.Subject is null)
        {
            yield return ("/subject", "is required for a personal device");
        }
        if (body.Kind == DeviceKind.Shared && (body.Subject is not null || body.UsableUntil is not null))
        {
            yield return ("/kind", "shared is nobody's: without subject and usable_until");
        }
        if (body.Kind == DeviceKind.Pool && (body.Subject is null) != (body.UsableUntil is null))
        {
            yield return ("/usable_until", "a pool device is booked to a subject until a time, or to nobody");
        }
        if (body.SubjectIssuer is not null && body.Subject is null)
        {
            yield return ("/subject_issuer", "needs a subject");
        }
        if (body.Identifiers.Count > MostIdentifiers)
        {
            yield return ("/identifiers", FormattableString.Invariant($"must be at most {MostIdentifiers}"));
        }
    }

    private static async Task<List<DeviceView>> ViewsAsync(EntitlementsDb db, string tenant, List<DeviceRow> rows)
    {
        var (ids, keys) = (rows.ConvertAll(d => d.Id), rows.Select(d => d.SubjectKey).OfType<long>().ToList());
        var identifiers = (await db.DeviceIdentifiers.AsNoTracking().Where(i => i.Tenant == tenant && ids.Contains(i.Device)).ToListAsync()).ToLookup(
            i => i.Device,
            i => i.Identifier
        );
        var holders = await db.Subjects.AsNoTracking().Where(s => keys.Contains(s.Key)).ToDictionaryAsync(s => s.Key);
        return rows.ConvertAll(d => new DeviceView(
            d.Id,
            d.Kind,
            d.SubjectKey is { } key ? holders[key].Id : null,
            d.SubjectKey is { } same ? holders[same].Issuer : null,
            d.UsableUntil,
            d.Managed,
            [.. identifiers[d.Id].Order(StringComparer.Ordinal)]
        ));
    }

    internal sealed record DeviceBody
    {
        public required DeviceKind Kind { get; init; }

        /// <summary>Whose it is (personal) or to whom it is booked (pool).</summary>
        public OpaqueId? Subject { get; init; }

        /// <summary>The subject's issuer; the tenant's home issuer where left out.</summary>
        public string? SubjectIssuer { get; init; }

        /// <summary>End of a booking or of a provisional enrolment.</summary>
        public DateTimeOffset? UsableUntil { get; init; }
        public bool Managed { get; init; }

        /// <summary>Names by which others know it: serial, MDM id.</summary>
        public IReadOnlyList<OpaqueId> Identifiers { get; init; } = [];
    }

    internal sealed record DeviceView(
        string Device,
        DeviceKind Kind,
        string? Subject,
        string? SubjectIssuer,
        DateTimeOffset? UsableUntil,
        bool Managed,
        IReadOnlyList<string> Identifiers
    );
}
