using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.OpenStores;

/// <summary>That a store asks about an app of a tenant and does not refuse by the answer yet. No decision rests on it.</summary>
internal sealed class ObservationRow
{
    public required string Tenant { get; init; }
    public required string App { get; init; }
    public required DateTimeOffset Since { get; set; }

    /// <summary>By when the store is to enforce; it is a finding where it does not.</summary>
    public required DateTimeOffset Until { get; set; }

    /// <summary>Since when the store enforces; null while it does not.</summary>
    public DateTimeOffset? EndedAt { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One line of a list of who had the app before anybody asked.</summary>
internal sealed class ReportedHolderRow
{
    public required string Tenant { get; init; }
    public required string App { get; init; }

    /// <summary>SHA-256 of the file, 64 lower-case hex digits.</summary>
    public required string File { get; init; }
    public required int Line { get; init; }

    /// <summary>Whom the line means; null: nobody.</summary>
    public long? SubjectKey { get; init; }

    /// <summary>As the line calls whom nobody here knows; null where it is known who is meant.</summary>
    public string? Name { get; init; }
}

internal sealed class ObservationMappings : IEntityTypeConfiguration<ObservationRow>, IEntityTypeConfiguration<ReportedHolderRow>
{
    public void Configure(EntityTypeBuilder<ObservationRow> row)
    {
        row.ToTable("observation").HasKey(o => new { o.App, o.Tenant });
        row.HasOne<TenantRow>().WithMany().HasForeignKey(o => o.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ReportedHolderRow> row)
    {
        row.ToTable("reported_holder", t => t.HasCheckConstraint("ck_reported_holder_who", "(subject_key is null) = (name is not null)"));
        row.HasKey(h => new
        {
            h.App,
            h.Tenant,
            h.File,
            h.Line,
        });
        row.HasOne<ObservationRow>().WithMany().HasForeignKey(h => new { h.App, h.Tenant }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(h => h.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
