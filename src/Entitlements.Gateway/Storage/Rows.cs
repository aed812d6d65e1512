using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Storage;

/// <summary>The one order of everything that can change access. One row: its lock makes commit order revision order, without gaps.</summary>
internal sealed class RevisionRow
{
    public bool One { get; init; } = true;
    public long Rev { get; set; }
}

/// <summary>Raised by what reduces access in a tenant; read under a share lock by issue and redeem.</summary>
internal sealed class TenantGuardRow
{
    public required string Tenant { get; init; }
    public long Rev { get; set; }
}

/// <summary>Raised by what reduces access in every tenant.</summary>
internal sealed class GlobalGuardRow
{
    public bool One { get; init; } = true;
    public long Rev { get; set; }
}

/// <summary>A message owed to the outside, written in the transaction of the act it tells of.</summary>
internal sealed class OutboxRow
{
    public long Id { get; init; }
    public required string Kind { get; init; }
    public string? Tenant { get; init; }

    /// <summary>JSON object without names of people or sensitive roles.</summary>
    public required string Payload { get; init; }
    public required DateTimeOffset At { get; init; }
    public required long Revision { get; init; }
    public DateTimeOffset? DeliveredAt { get; set; }
}

/// <summary>The outcome kept under an Idempotency-Key, scoped to caller and route; kept 24 h.</summary>
internal sealed class IdempotencyRow
{
    public required string Caller { get; init; }
    public required string Route { get; init; }
    public required string Key { get; init; }

    /// <summary>SHA-256 of the request body, 64 lower-case hex digits.</summary>
    public required string BodyHash { get; init; }
    public required int Status { get; init; }
    public string? Location { get; init; }

    /// <summary>The answer's body; for an issued entitlement its id only, never the token.</summary>
    public required string Answer { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>What this database is: one row.</summary>
internal sealed class InstallationRow
{
    public bool One { get; init; } = true;

    /// <summary>Loaded with demonstration data or a seed: marked for good, refused outside Development.</summary>
    public bool Demonstration { get; set; }

    /// <summary>Two different persons hold platform-admin by assignment: the bootstrap administrators of the settings no longer count.</summary>
    public bool BootstrapEnded { get; set; }

    /// <summary>Since when this database counts as gone back in time: no replica allows anything on it. Null: never, or recovered.</summary>
    public DateTimeOffset? SafeModeSince { get; set; }

    /// <summary>How often an operator recovered it.</summary>
    public long Recoveries { get; set; }

    /// <summary>When an operator recovered it from the safe mode that stands; two administrators end it after that.</summary>
    public DateTimeOffset? RecoveredAt { get; set; }
}

internal sealed class StorageMappings
    : IEntityTypeConfiguration<RevisionRow>,
        IEntityTypeConfiguration<TenantGuardRow>,
        IEntityTypeConfiguration<GlobalGuardRow>,
        IEntityTypeConfiguration<OutboxRow>,
        IEntityTypeConfiguration<IdempotencyRow>,
        IEntityTypeConfiguration<InstallationRow>
{
    public void Configure(EntityTypeBuilder<RevisionRow> row)
    {
        row.ToTable("authz_rev", t => t.HasCheckConstraint("ck_authz_rev_one", "one")).HasKey(r => r.One);
        row.HasData(new RevisionRow());
    }

    public void Configure(EntityTypeBuilder<TenantGuardRow> row) => row.ToTable("tenant_guard").HasKey(g => g.Tenant);

    public void Configure(EntityTypeBuilder<GlobalGuardRow> row)
    {
        row.ToTable("global_guard", t => t.HasCheckConstraint("ck_global_guard_one", "one")).HasKey(g => g.One);
        row.HasData(new GlobalGuardRow());
    }

    public void Configure(EntityTypeBuilder<OutboxRow> row)
    {
        row.ToTable("outbox").HasKey(m => m.Id);
        row.HasIndex(m => m.DeliveredAt);
    }

    public void Configure(EntityTypeBuilder<IdempotencyRow> row)
    {
        row.ToTable("idempotency")
            .HasKey(i => new
            {
                i.Caller,
                i.Route,
                i.Key,
            });
        row.HasIndex(i => i.At);
    }

    public void Configure(EntityTypeBuilder<InstallationRow> row)
    {
        row.ToTable("installation", t => t.HasCheckConstraint("ck_installation_one", "one")).HasKey(i => i.One);
        row.HasData(new InstallationRow());
    }
}
