using Entitlements.Engine.Decisions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Recalls;

/// <summary>A bar on an app, or on one of its releases. Bars add up: each row stands until it is lifted; a recall is never lifted.</summary>
internal sealed class BarRow
{
    public long Id { get; init; }
    public required string App { get; init; }

    /// <summary>The release it stands on; null for the whole app. <see cref="Bars.Withdrawn"/> on a release is a yank.</summary>
    public long? Release { get; init; }

    /// <summary>The tenant it stands in; null for every tenant.</summary>
    public string? Tenant { get; init; }
    public required Bars Kind { get; init; }
    public required string Reason { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset At { get; init; }
    public DateTimeOffset? LiftedAt { get; set; }
}

internal sealed class RecallMappings : IEntityTypeConfiguration<BarRow>
{
    public void Configure(EntityTypeBuilder<BarRow> row)
    {
        row.ToTable("bar", t => t.HasCheckConstraint("ck_bar_recall_is_final", "kind <> 'Recalled' or lifted_at is null"));
        row.HasKey(b => b.Id);
        row.HasIndex(b => b.App);
    }
}
