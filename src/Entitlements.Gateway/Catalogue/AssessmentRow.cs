using System.Text.Json;
using System.Text.Json.Serialization;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A tenant's data protection impact assessment of an app, by the DPO's vote.</summary>
internal sealed class AssessmentRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }
    public AssessmentOutcome Outcome { get; set; }
    public DateTimeOffset InForceUntil { get; set; }

    /// <summary>How long who redeemed before the lapse may go on: 0 to 30 days.</summary>
    public TimeSpan Grace { get; set; }

    /// <summary>Capabilities of the app that were looked at: a release that asks for more is held.</summary>
    public List<string> Covers { get; set; } = [];

    /// <summary>JSON: an <see cref="AssessmentRecord"/>; null: nothing was written down.</summary>
    public string? Record { get; set; }

    /// <summary>So many days before the review date that those it concerns were told; null: not yet.</summary>
    public int? WarnedDays { get; set; }
    public long Version { get; set; } = 1;

    public AssessmentRecord? ReadRecord() => Record is null ? null : JsonSerializer.Deserialize<AssessmentRecord>(Record, StoredJson.Options);
}

/// <summary>What was concluded.</summary>
internal enum AssessmentOutcome
{
    Refused,
    Approved,

    /// <summary>A screening found that no assessment is needed. It opens nothing and covers nothing.</summary>
    [JsonStringEnumMemberName("not-needed")]
    NotNeeded,
}

internal sealed class AssessmentMapping : IEntityTypeConfiguration<AssessmentRow>
{
    public void Configure(EntityTypeBuilder<AssessmentRow> row)
    {
        row.ToTable("assessment").HasKey(a => new { a.App, a.Tenant });
        row.Property(a => a.Covers).HasDefaultValueSql("'[]'");
    }
}
