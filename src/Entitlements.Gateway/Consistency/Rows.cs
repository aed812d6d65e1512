using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Consistency;

/// <summary>What a revision may have changed. One row for each revision, without gaps; kept for a day at least.</summary>
internal sealed class InvalidationRow
{
    public required long Rev { get; init; }
    public required List<string> Scopes { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>One replica's claim to a lease. A row is there before its first lease, and leaves only when a lease cannot be running any more.</summary>
internal sealed class ReplicaLeaseRow
{
    /// <summary>Random for each claim: a replica that was swept comes back as another.</summary>
    public required Guid Inc { get; init; }

    /// <summary>Machine and process, for people.</summary>
    public required string Replica { get; init; }

    /// <summary>Raised by each renewal; a sweep compares it.</summary>
    public long Seq { get; set; }

    /// <summary>The revision up to which the replica has applied everything; -1 before its first view.</summary>
    public long Conf { get; set; }
}

internal sealed class ConsistencyMappings : IEntityTypeConfiguration<InvalidationRow>, IEntityTypeConfiguration<ReplicaLeaseRow>
{
    public void Configure(EntityTypeBuilder<InvalidationRow> row)
    {
        row.ToTable("inval").HasKey(i => i.Rev);
        row.Property(i => i.Rev).ValueGeneratedNever();
        row.HasIndex(i => i.At);
    }

    public void Configure(EntityTypeBuilder<ReplicaLeaseRow> row) => row.ToTable("replica_lease").HasKey(l => l.Inc);
}
