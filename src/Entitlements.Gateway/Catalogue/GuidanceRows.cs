using System.Text.Json;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Catalogue;

/// <summary>The text that people of a tenant must accept before they download the app.</summary>
internal sealed class GuidanceRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }

    /// <summary>Version of the text in force.</summary>
    public int TextVersion { get; set; }

    /// <summary>The first version of the same substance: who accepted it, or one after it, need not accept again.</summary>
    public int AcceptedFrom { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One version of the guidance, in both languages; kept for good.</summary>
internal sealed class GuidanceTextRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }
    public required int TextVersion { get; init; }
    public required string English { get; init; }
    public required string Welsh { get; init; }

    /// <summary>JSON: a list of <see cref="GuidanceQuestion"/>.</summary>
    public required string Questions { get; init; }

    /// <summary>It says something else than the version before, so everyone is asked again.</summary>
    public required bool Substance { get; init; }
    public required DateTimeOffset PublishedAt { get; init; }

    public IReadOnlyList<GuidanceQuestion> ReadQuestions() => JsonSerializer.Deserialize<List<GuidanceQuestion>>(Questions, StoredJson.Options)!;
}

/// <summary>Who accepted which version of the guidance, when.</summary>
internal sealed class AcknowledgementRow
{
    public required string App { get; init; }
    public required string Tenant { get; init; }
    public required int TextVersion { get; init; }
    public required long SubjectKey { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>What somebody said to a version of the guidance, each time; kept for good.</summary>
internal sealed class GuidanceResponseRow
{
    public long Id { get; init; }
    public required string App { get; init; }
    public required string Tenant { get; init; }
    public required int TextVersion { get; init; }
    public required long SubjectKey { get; init; }
    public required GuidanceResponse Response { get; init; }

    /// <summary>JSON: the number of the choice that was taken, question by question.</summary>
    public required string Answers { get; init; }

    /// <summary>Why it was refused, where they said so.</summary>
    public string? Reason { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class GuidanceMappings
    : IEntityTypeConfiguration<GuidanceRow>,
        IEntityTypeConfiguration<GuidanceTextRow>,
        IEntityTypeConfiguration<GuidanceResponseRow>,
        IEntityTypeConfiguration<AcknowledgementRow>
{
    public void Configure(EntityTypeBuilder<GuidanceRow> row) => row.ToTable("guidance").HasKey(g => new { g.App, g.Tenant });

    public void Configure(EntityTypeBuilder<GuidanceTextRow> row) =>
        row.ToTable("guidance_text")
            .HasKey(t => new
            {
                t.App,
                t.Tenant,
                t.TextVersion,
            });

    public void Configure(EntityTypeBuilder<GuidanceResponseRow> row)
    {
        row.ToTable("guidance_response").HasKey(r => r.Id);
        row.HasIndex(r => new
        {
            r.App,
            r.Tenant,
            r.Id,
        });
        row.HasIndex(r => new { r.SubjectKey, r.App });
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(r => r.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<AcknowledgementRow> row)
    {
        row.ToTable("acknowledgement")
            .HasKey(a => new
            {
                a.App,
                a.Tenant,
                a.SubjectKey,
                a.TextVersion,
            });
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(a => a.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
