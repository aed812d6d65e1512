using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.MutualAid;

/// <summary>A force, the host, says that one of its roles is equivalent to a role of another force, the home.</summary>
internal sealed class EquivalentRow
{
    /// <summary>The host.</summary>
    public required string Tenant { get; init; }
    public required string Role { get; init; }
    public required string Home { get; init; }
    public required string HomeRole { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Aid that both forces agreed on: the record of it. What it opens is one assignment in the host, whose origin it is; whether that is in force, the assignment says.</summary>
internal sealed class AidRow
{
    public required string Id { get; init; }
    public required string Host { get; init; }
    public required string Role { get; init; }
    public required string Home { get; init; }

    /// <summary>The right at home on which it rests.</summary>
    public required string HomeRole { get; init; }
    public required long SubjectKey { get; init; }
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>First instant no longer in force: never later than this, whatever becomes of the assignment.</summary>
    public required DateTimeOffset NotAfter { get; init; }
    public required string Reason { get; init; }

    /// <summary>The incident or operation that it is for.</summary>
    public string? Incident { get; init; }
}

internal sealed class MutualAidMappings : IEntityTypeConfiguration<EquivalentRow>, IEntityTypeConfiguration<AidRow>
{
    public void Configure(EntityTypeBuilder<EquivalentRow> row)
    {
        row.ToTable("role_equivalent");
        row.HasKey(e => new
        {
            e.Tenant,
            e.Role,
            e.Home,
        });
        row.HasOne<RoleRow>().WithMany().HasForeignKey(e => new { e.Tenant, e.Role }).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<AidRow> row)
    {
        row.ToTable(
            "mutual_aid",
            t =>
            {
                t.HasCheckConstraint("ck_mutual_aid_window", "not_before < not_after");
                t.HasCheckConstraint("ck_mutual_aid_tenants", "host <> home");
            }
        );
        row.HasKey(a => a.Id);
        row.HasIndex(a => new { a.SubjectKey, a.Host });
        row.HasIndex(a => new { a.Home, a.NotAfter });
        row.HasIndex(a => new { a.Host, a.Role });
        row.HasOne<RoleRow>().WithMany().HasForeignKey(a => new { a.Host, a.Role }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(a => a.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
