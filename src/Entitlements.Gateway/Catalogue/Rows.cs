using System.Text.Json.Serialization;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A kind of resource besides apps, with the actions it knows.</summary>
internal sealed class ResourceTypeRow
{
    public required string Type { get; init; }
    public List<string> Actions { get; set; } = [];

    /// <summary>Callers vouch for subject properties of this type; only then may conditions look at them.</summary>
    public bool SubjectProperties { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>A product, or a resource of another catalogued type.</summary>
internal sealed class AppRow
{
    /// <summary><see cref="Resource.App"/>, or a <see cref="ResourceTypeRow.Type"/>.</summary>
    public required string Type { get; init; }
    public required string Id { get; init; }

    /// <summary>What the id looks like; unique among apps, so that no look-alike can be made.</summary>
    public required string Skeleton { get; init; }
    public required string Owner { get; init; }
    public required string Name { get; set; }
    public Distribution Distribution { get; set; }

    /// <summary>Package or bundle id; required where the bytes are elsewhere.</summary>
    public string? PackageId { get; set; }

    /// <summary>SHA-256 of the signer's certificate, 64 lower-case hex digits.</summary>
    public string? SignerDigest { get; set; }
    public Visibility Visibility { get; set; }
    public bool HighRisk { get; set; }

    /// <summary>Issuing needs the person's own access token. On for high-risk apps unless switched off by a change.</summary>
    public bool PersonProof { get; set; }
    public int? DeviceLimit { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Where an app's bytes are.</summary>
internal enum Distribution
{
    Artifact,

    [JsonStringEnumMemberName("managed-store")]
    ManagedStore,
}

/// <summary>Who is shown that an app exists.</summary>
internal enum Visibility
{
    Listed,

    [JsonStringEnumMemberName("by-link")]
    ByLink,
    Hidden,
}

/// <summary>A tenant that may write rules for another's app. The owner needs no row.</summary>
internal sealed class AdoptionRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }
}

/// <summary>One file by SHA-256 with a digest per 1 MiB block.</summary>
internal sealed class ArtifactRow
{
    /// <summary>64 lower-case hex digits.</summary>
    public required string Sha256 { get; init; }
    public required long Size { get; init; }

    /// <summary>32 bytes per block, in order.</summary>
    public required byte[] Blocks { get; init; }
}

/// <summary>One version of an app for one platform.</summary>
internal sealed class ReleaseRow
{
    public long Key { get; init; }
    public required string App { get; init; }
    public required string ReleaseVersion { get; init; }
    public required string Platform { get; init; }

    /// <summary>Null for managed-store apps: their bytes are elsewhere.</summary>
    public string? Sha256 { get; init; }
    public string? FileName { get; init; }

    /// <summary>What it asks to be able to do: read from its bytes, or said by the owner where these are elsewhere or of a platform that is not read.</summary>
    public List<string> Capabilities { get; set; } = [];

    /// <summary>Those of <see cref="Capabilities"/> that device management saw and its owner had not said: saying it anew does not lose them.</summary>
    public List<string> Seen { get; set; } = [];

    /// <summary>When a change published it; null before. The latest published of a platform is the current one.</summary>
    public DateTimeOffset? PublishedAt { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>Resumable upload of one file, pinned when it was opened to its size, and to its digest where that was known.</summary>
internal sealed class UploadRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }

    /// <summary>The caller who opened it; nobody else may write to it.</summary>
    public required string CallerKey { get; init; }

    /// <summary>Empty where who opened it did not know: until it is complete.</summary>
    public required string Sha256 { get; set; }
    public required long Size { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; set; }
}

/// <summary>For (tenant, resource, action): any of these roles, device and guidance conditions.</summary>
internal sealed class RuleRow
{
    public required string Tenant { get; init; }
    public required string Type { get; init; }
    public required string App { get; init; }
    public required string Action { get; init; }
    public List<string> Roles { get; set; } = [];
    public DeviceCondition Device { get; set; }

    /// <summary>JSON array of conditions; null for apps.</summary>
    public string? Conditions { get; set; }

    /// <summary>All of these are needed besides one of the roles.</summary>
    public List<string> Accreditations { get; set; } = [];

    /// <summary>First instant at which it opens nothing any more; null: no end, as other types than apps may have it.</summary>
    public DateTimeOffset? InForceUntil { get; set; }

    /// <summary>So many days before that its keepers were told; null: not yet.</summary>
    public int? WarnedDays { get; set; }

    /// <summary>People the rule reached when it was last approved.</summary>
    public int ApprovedAudience { get; set; }

    /// <summary>People that it reached when an alarm was last given; 0: none was since then.</summary>
    public int AlarmedAudience { get; set; }
    public long Version { get; set; } = 1;
}

internal sealed class CatalogueMappings
    : IEntityTypeConfiguration<ResourceTypeRow>,
        IEntityTypeConfiguration<AppRow>,
        IEntityTypeConfiguration<AdoptionRow>,
        IEntityTypeConfiguration<ArtifactRow>,
        IEntityTypeConfiguration<ReleaseRow>,
        IEntityTypeConfiguration<UploadRow>,
        IEntityTypeConfiguration<RuleRow>
{
    public void Configure(EntityTypeBuilder<ResourceTypeRow> row) => row.ToTable("resource_type").HasKey(t => t.Type);

    public void Configure(EntityTypeBuilder<AppRow> row)
    {
        row.ToTable("app").HasKey(a => new { a.Type, a.Id });
        row.HasIndex(a => new { a.Type, a.Skeleton }).IsUnique();
        row.HasIndex(a => a.Owner);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(a => a.Owner).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<AdoptionRow> row)
    {
        row.ToTable("adoption").HasKey(a => new { a.App, a.Tenant });
        row.HasOne<TenantRow>().WithMany().HasForeignKey(a => a.Tenant).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ArtifactRow> row) =>
        row.ToTable("artifact", t => t.HasCheckConstraint("ck_artifact_sha256", "length(sha256) = 64")).HasKey(a => a.Sha256);

    public void Configure(EntityTypeBuilder<ReleaseRow> row)
    {
        row.ToTable("release").HasKey(r => r.Key);
        row.HasIndex(r => new
            {
                r.App,
                r.Platform,
                r.ReleaseVersion,
            })
            .IsUnique();
        row.Property(r => r.Capabilities).HasDefaultValueSql("'[]'");
        row.Property(r => r.Seen).HasDefaultValueSql("'[]'");
        row.HasOne<ArtifactRow>().WithMany().HasForeignKey(r => r.Sha256).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<UploadRow> row) => row.ToTable("upload").HasKey(u => u.Id);

    public void Configure(EntityTypeBuilder<RuleRow> row)
    {
        row.ToTable(
            "rule",
            t =>
            {
                t.HasCheckConstraint("ck_rule_conditions", "type <> 'app' or conditions is null");
                t.HasCheckConstraint("ck_rule_end", "type <> 'app' or in_force_until is not null");
            }
        );
        row.HasKey(r => new
        {
            r.Tenant,
            r.Type,
            r.App,
            r.Action,
        });
        row.Property(r => r.Accreditations).HasDefaultValueSql("'[]'");
        row.HasOne<AppRow>().WithMany().HasForeignKey(r => new { r.Type, r.App }).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(r => r.Tenant).OnDelete(DeleteBehavior.Restrict);
    }
}
