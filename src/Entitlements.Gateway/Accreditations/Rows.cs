using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Accreditations;

/// <summary>Who may say which accreditations a tenant's people hold: a training system, or the tenant's role-admins by hand.</summary>
internal sealed class AccreditationSourceRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }

    /// <summary>The client that reports, told by issuer and id; both null where role-admins do by hand.</summary>
    public string? ClientIssuer { get; set; }
    public string? ClientId { get; set; }

    /// <summary>The accreditations that it may say are held.</summary>
    public List<string> Accreditations { get; set; } = [];

    /// <summary>How often it says it will report; later than that it is stale.</summary>
    public TimeSpan ReportEvery { get; set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset RegisteredAt { get; set; }

    /// <summary>Up to when its last report is complete, by its own clock; null before the first.</summary>
    public DateTimeOffset? CompleteAsOf { get; set; }

    /// <summary>That it is stale has been told; until it reports again.</summary>
    public bool StaleTold { get; set; }
    public bool Removed { get; set; }
    public long Version { get; set; } = 1;

    /// <summary>From this instant on it is stale.</summary>
    public DateTimeOffset StaleFrom => (CompleteAsOf is { } asOf && asOf > RegisteredAt ? asOf : RegisteredAt) + ReportEvery;
}

/// <summary>One source says that one person holds one accreditation in [NotBefore, NotAfter).</summary>
internal sealed class AccreditationRow
{
    public long Id { get; init; }
    public required string Tenant { get; init; }
    public required string Source { get; init; }
    public required long SubjectKey { get; init; }
    public required string Accreditation { get; init; }
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>First instant no longer held.</summary>
    public DateTimeOffset NotAfter { get; set; }

    /// <summary>The source's own name for it: a certificate, a course.</summary>
    public string? Reference { get; set; }

    /// <summary>Ended by an act of its source, in force whatever a clock says.</summary>
    public bool Ended { get; set; }

    /// <summary>Days before <see cref="NotAfter"/> of the last warning given; null for none. Another end begins anew.</summary>
    public int? WarnedDays { get; set; }
    public long Version { get; set; } = 1;
}

internal sealed class AccreditationMappings : IEntityTypeConfiguration<AccreditationSourceRow>, IEntityTypeConfiguration<AccreditationRow>
{
    public void Configure(EntityTypeBuilder<AccreditationSourceRow> row)
    {
        row.ToTable("accreditation_source", t => t.HasCheckConstraint("ck_accreditation_source_client", "(client_issuer is null) = (client_id is null)"));
        row.HasKey(s => new { s.Tenant, s.Id });
        row.Ignore(s => s.StaleFrom);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(s => s.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<AccreditationRow> row)
    {
        row.ToTable("accreditation", t => t.HasCheckConstraint("ck_accreditation_window", "not_before < not_after"));
        row.HasKey(a => a.Id);
        row.HasIndex(a => new { a.SubjectKey, a.Tenant });
        row.HasIndex(a => a.NotAfter);
        row.HasIndex(a => new
            {
                a.Tenant,
                a.Source,
                a.SubjectKey,
                a.Accreditation,
            })
            .IsUnique();
        row.HasOne<AccreditationSourceRow>().WithMany().HasForeignKey(a => new { a.Tenant, a.Source }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(a => a.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
