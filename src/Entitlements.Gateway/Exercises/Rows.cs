using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Exercises;

/// <summary>A drill of a force on a copy of itself. Kept when the copy is gone: it is the force's evidence.</summary>
internal sealed class ExerciseRow
{
    /// <summary>The id of the copy, a tenant of its own while it stands. Given to nobody else ever.</summary>
    public required string Id { get; init; }

    /// <summary>The force.</summary>
    public required string Tenant { get; init; }
    public required string Name { get; init; }
    public required string Reason { get; init; }

    /// <summary>Who started it (<see cref="Identity.Caller.Key"/>).</summary>
    public required string StartedBy { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it is over at the latest.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>When it was over; null until somebody ended it, or a worker saw that its time had passed.</summary>
    public DateTimeOffset? EndedAt { get; set; }
    public string? EndedBy { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>Rows that were copied, by table, as JSON.</summary>
    public required string Copied { get; init; }

    /// <summary>Rows that were deleted so far, by table, as JSON.</summary>
    public required string Deleted { get; set; }
}

internal sealed class ExerciseMapping : IEntityTypeConfiguration<ExerciseRow>
{
    public void Configure(EntityTypeBuilder<ExerciseRow> row)
    {
        row.ToTable("exercise").HasKey(e => e.Id);
        row.HasIndex(e => new { e.Tenant, e.StartedAt });
        row.HasOne<TenantRow>().WithMany().HasForeignKey(e => e.Tenant).OnDelete(DeleteBehavior.Restrict);
    }
}
