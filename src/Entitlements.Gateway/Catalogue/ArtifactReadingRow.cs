using Entitlements.Engine.Packages;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What is in a file, read from its own bytes: the same for whoever uploads it, and never read again.</summary>
internal sealed class ArtifactReadingRow
{
    public required string Sha256 { get; init; }

    /// <summary>JSON of <see cref="PackageContents"/>; null where the file is no package that can be read.</summary>
    public string? Contents { get; init; }

    /// <summary>Why it cannot; null where it can.</summary>
    public PackageFault? Fault { get; init; }
    public string? FaultDetail { get; init; }
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>What the operator's scanner said.</summary>
    public MalwareScan Scan { get; set; }

    /// <summary>Null where nothing has scanned it.</summary>
    public DateTimeOffset? ScannedAt { get; set; }
}

/// <summary>What is known of malware in a file.</summary>
internal enum MalwareScan
{
    /// <summary>No scanner is set up here.</summary>
    NotScanned,
    Clean,
    Infected,
}

internal sealed class ArtifactReadingMappings : IEntityTypeConfiguration<ArtifactReadingRow>
{
    public void Configure(EntityTypeBuilder<ArtifactReadingRow> row)
    {
        row.ToTable("artifact_reading").HasKey(r => r.Sha256);
        row.HasOne<ArtifactRow>().WithOne().HasForeignKey<ArtifactReadingRow>(r => r.Sha256).OnDelete(DeleteBehavior.Restrict);
    }
}
