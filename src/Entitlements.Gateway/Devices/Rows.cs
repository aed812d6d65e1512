using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Devices;

/// <summary>A device of a tenant.</summary>
internal sealed class DeviceRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public DeviceKind Kind { get; set; }

    /// <summary>Whose it is (personal) or to whom it is booked (pool); null for nobody.</summary>
    public long? SubjectKey { get; set; }

    /// <summary>End of a booking or of a provisional enrolment; null where it has none.</summary>
    public DateTimeOffset? UsableUntil { get; set; }

    /// <summary>As device management reports it, never as a caller says.</summary>
    public bool Managed { get; set; }

    /// <summary>The emergency request that accepted it unseen, until <see cref="UsableUntil"/>; null once it is on record as every other.</summary>
    public string? AcceptedBy { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>A name by which others know the device: MDM id, serial.</summary>
internal sealed class DeviceIdentifierRow
{
    public required string Tenant { get; init; }
    public required string Identifier { get; init; }
    public required string Device { get; init; }
}

internal sealed class DeviceMappings : IEntityTypeConfiguration<DeviceRow>, IEntityTypeConfiguration<DeviceIdentifierRow>
{
    public void Configure(EntityTypeBuilder<DeviceRow> row)
    {
        row.ToTable("device").HasKey(d => new { d.Tenant, d.Id });
        row.HasIndex(d => d.SubjectKey);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(d => d.SubjectKey).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(d => d.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<DeviceIdentifierRow> row)
    {
        row.ToTable("device_identifier").HasKey(i => new { i.Tenant, i.Identifier });
        row.HasOne<DeviceRow>().WithMany().HasForeignKey(i => new { i.Tenant, i.Device }).OnDelete(DeleteBehavior.Cascade);
    }
}
