using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Devices;

/// <summary>Registers a device or alters its record. Registering is not widening: a device alone opens nothing.</summary>
/// <param name="Subject">Whose it is, or to whom it is booked; null for nobody.</param>
/// <param name="SubjectIssuer">Null: the tenant's home issuer.</param>
internal sealed record DeviceAlteration(
    string Tenant,
    string Device,
    DeviceKind Kind,
    string? Subject,
    string? SubjectIssuer,
    DateTimeOffset? UsableUntil,
    bool Managed,
    IReadOnlyList<string> Identifiers
) : DeviceWrite(Tenant, Device)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var holder = Subject is null ? null : await Subjects.FindAsync(scope.Db, Tenant, SubjectIssuer, Subject);
        if (Subject is not null && holder is not { Active: true })
        {
            return Weight.Refused("subject_unknown", "The tenant has no such active subject.");
        }
        if (await scope.Db.DeviceIdentifiers.AnyAsync(i => i.Tenant == Tenant && i.Device != Device && Identifiers.Contains(i.Identifier)))
        {
            return Weight.Refused("identifier_taken", "Another device of this tenant has one of these identifiers.");
        }
        if (await FindAsync(scope) is not { } row)
        {
            return await scope.Db.Tenants.AnyAsync(t => t.Id == Tenant) ? new(Reach.Unchanged, 0) : Weight.NotFound;
        }
        var narrows =
            row.Kind != Kind
            || row.SubjectKey != holder?.Key
            || (row.Managed && !Managed)
            || (UsableUntil is not null && (row.UsableUntil is null || UsableUntil < row.UsableUntil));
        return new(narrows ? Reach.Narrows : Reach.Unchanged, row.Version);
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await FindAsync(scope);
        if (row is null)
        {
            row = new DeviceRow
            {
                Tenant = Tenant,
                Id = Device,
                Version = 0,
            };
            scope.Db.Devices.Add(row);
        }
        row.SubjectKey = Subject is null ? null : (await Subjects.FindAsync(scope.Db, Tenant, SubjectIssuer, Subject))!.Key;
        (row.Kind, row.UsableUntil, row.Managed, row.AcceptedBy) = (Kind, UsableUntil, Managed, null);
        row.Version++;
        await scope.Db.SaveChangesAsync();
        await scope.Db.DeviceIdentifiers.Where(i => i.Tenant == Tenant && i.Device == Device).ExecuteDeleteAsync();
        scope.Db.DeviceIdentifiers.AddRange(
            Identifiers.Select(i => new DeviceIdentifierRow
            {
                Tenant = Tenant,
                Identifier = i,
                Device = Device,
            })
        );
        return null;
    }
}

/// <summary>Takes a device out: from now on nobody has it.</summary>
internal sealed record DeviceRemoval(string Tenant, string Device) : DeviceWrite(Tenant, Device)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) => await FindAsync(scope) is { } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        scope.Db.Devices.Remove((await FindAsync(scope))!);
        return null;
    }
}

/// <summary>A write to one device.</summary>
internal abstract record DeviceWrite(string Tenant, string Device) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/device/{Device}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.Device(Tenant, Device)]);

    protected Task<DeviceRow?> FindAsync(WriteScope scope) => scope.Db.Devices.SingleOrDefaultAsync(d => d.Tenant == Tenant && d.Id == Device);
}
