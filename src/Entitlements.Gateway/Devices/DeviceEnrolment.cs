using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Devices;

/// <summary>
/// Somebody puts a phone in the place of their own: the old one opens nothing from now on, the new one is theirs for a day, until the force has it on record as
/// every other. One at a time: while one waits for that, or has waited in vain, only it can be replaced, within the day that began with it.
/// </summary>
/// <param name="Serial">Another name of it; null where <paramref name="Device"/> is the serial number.</param>
/// <param name="Replaces">Theirs, personal: taken out.</param>
internal sealed record DeviceEnrolment(string Tenant, long SubjectKey, string Device, string? Serial, string Replaces) : Alteration
{
    private static readonly TimeSpan Provisional = TimeSpan.FromHours(24);

    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/device/{Device}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Evidence.Device(Tenant, Device), Evidence.Device(Tenant, Replaces)]);

    public override Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        Task.FromResult(caller is Caller.Person person && person.Tenant == Tenant && person.SubjectKey == SubjectKey ? null : Weight.NotFound.Refusal);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var own = await OwnAsync(scope.Db);
        if (own.Find(d => d.Id == Replaces && d.AcceptedBy is null) is not { } replaced)
        {
            return Weight.NotFound;
        }
        if (replaced.UsableUntil <= scope.Now || own.Exists(d => d.Id != Replaces && Waits(d, scope.Now)))
        {
            return Weight.Refused(
                "enrolment_unconfirmed",
                "A phone that you enrolled waits for your force to confirm it: until then no other can be enrolled. Ask your role administrator."
            );
        }
        var names = new[] { Device, Serial ?? Device };
        return
            await scope.Db.Devices.AnyAsync(d => d.Tenant == Tenant && d.Id == Device)
            || await scope.Db.DeviceIdentifiers.AnyAsync(i => i.Tenant == Tenant && names.Contains(i.Identifier))
            ? Weight.Refused("device_known", "Your force has a device of this name on record already. Ask your role administrator.")
            : new(Reach.Narrows, 0) { Versioned = false };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var replaced = (await OwnAsync(scope.Db)).Single(d => d.Id == Replaces);
        var until = replaced.UsableUntil ?? scope.Now + Provisional;
        scope.Db.Devices.Remove(replaced);
        scope.Db.Devices.Add(
            new()
            {
                Tenant = Tenant,
                Id = Device,
                Kind = DeviceKind.Personal,
                SubjectKey = SubjectKey,
                UsableUntil = until,
            }
        );
        if (Serial is not null)
        {
            scope.Db.DeviceIdentifiers.Add(
                new()
                {
                    Tenant = Tenant,
                    Identifier = Serial,
                    Device = Device,
                }
            );
        }
        return new { device = Device, usable_until = until };
    }

    public override object ToEvidence() =>
        new
        {
            Tenant,
            Device,
            Serial,
            Replaces,
        };

    /// <summary>Not on record as every other: enrolled by its holder, or let in by an emergency that is not over.</summary>
    private static bool Waits(DeviceRow device, DateTimeOffset now) => device.UsableUntil is { } until && (device.AcceptedBy is null || until > now);

    private Task<List<DeviceRow>> OwnAsync(EntitlementsDb db) =>
        db.Devices.Where(d => d.Tenant == Tenant && d.SubjectKey == SubjectKey && d.Kind == DeviceKind.Personal).ToListAsync();
}
