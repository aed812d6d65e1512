using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Reviews;

/// <summary>How a role is reviewed, where that is not as every restricted role is.</summary>
internal sealed class ReviewPolicyRow
{
    public required string Tenant { get; init; }
    public required string Role { get; init; }
    public required TimeSpan Every { get; set; }
    public required TimeSpan AnswerWithin { get; set; }

    /// <summary>Groups, as JSON.</summary>
    public required string Reviewers { get; set; }
    public required NoAnswer OnNoAnswer { get; set; }

    /// <summary>Taken back; its version goes on counting.</summary>
    public bool Deleted { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One look at the assignments of one role.</summary>
internal sealed class ReviewRow
{
    /// <summary><c>rvw_</c> and 128 random bits.</summary>
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Role { get; init; }
    public required ReviewCause Cause { get; init; }

    /// <summary>After an emergency: the request that it was taken with.</summary>
    public string? Reference { get; init; }

    /// <summary>Who opened it (<see cref="Identity.Caller.Key"/>), and the person behind them; null where the time came round.</summary>
    public required string OpenedBy { get; init; }
    public string? OpenedByPerson { get; init; }
    public string? Reason { get; init; }

    /// <summary>Groups, as JSON, fixed when it was opened; who is in them is found when somebody answers.</summary>
    public required string Reviewers { get; init; }
    public required NoAnswer OnNoAnswer { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>First instant at which it is too late to answer.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>How many reminders were sent.</summary>
    public int Reminders { get; set; }

    /// <summary>The next instant at which time alone does something to it; null: none is left.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>It was said that nobody can answer for some of it.</summary>
    public bool NobodyTold { get; set; }

    /// <summary>Up to here who is asked was looked at.</summary>
    public long SeenRevision { get; set; }

    /// <summary>Null while an item is open.</summary>
    public DateTimeOffset? ClosedAt { get; set; }
    public long Version { get; set; } = 1;
}

/// <summary>One assignment under review.</summary>
internal sealed class ReviewItemRow
{
    public required string Review { get; init; }

    /// <summary>1 for the first; with the review's id the item's.</summary>
    public required int Number { get; init; }

    /// <summary>Which may be gone since, and is found by its id.</summary>
    public required long Assignment { get; init; }
    public required long SubjectKey { get; init; }
    public required AssignmentSource Source { get; init; }

    /// <summary>The assignment's first instant when the review was opened: one that begins later was given anew since.</summary>
    public required DateTimeOffset Since { get; init; }
    public ReviewItemStatus Status { get; set; }

    /// <summary>Its end has passed and it is open still: that was told.</summary>
    public bool Alarmed { get; set; }

    /// <summary>The cut that was made.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Why there was nothing left to review.</summary>
    public ReviewVoidReason? Void { get; set; }

    /// <summary>Who answered: the account, and the person.</summary>
    public string? AnsweredBy { get; set; }
    public string? AnsweredByPerson { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
}

/// <summary>States of an item (<see cref="ReviewState"/>); all but the first are final.</summary>
internal enum ReviewItemStatus
{
    Open,
    Kept,
    Removed,
    Shortened,
    Justified,
    NotJustified,
    Unanswered,
    Voided,
}

/// <summary>Somebody has been told that a review waits for them.</summary>
internal sealed class ReviewToldRow
{
    public required string Review { get; init; }
    public required long SubjectKey { get; init; }
}

internal sealed class ReviewMappings
    : IEntityTypeConfiguration<ReviewPolicyRow>,
        IEntityTypeConfiguration<ReviewRow>,
        IEntityTypeConfiguration<ReviewItemRow>,
        IEntityTypeConfiguration<ReviewToldRow>
{
    public void Configure(EntityTypeBuilder<ReviewPolicyRow> row)
    {
        row.ToTable("review_policy").HasKey(p => new { p.Tenant, p.Role });
        row.HasOne<RoleRow>().WithMany().HasForeignKey(p => new { p.Tenant, p.Role }).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ReviewRow> row)
    {
        row.ToTable("review").HasKey(r => r.Id);
        row.HasIndex(r => new { r.Tenant, r.Role }).IsUnique().HasFilter("closed_at is null and cause in ('Recurring', 'ByHand')"); // one at a time
        row.HasIndex(r => new
        {
            r.Tenant,
            r.Role,
            r.OpenedAt,
        });
        row.HasIndex(r => new { r.Tenant, r.OpenedAt });
        row.HasIndex(r => r.DueAt).HasFilter("closed_at is null");
        row.HasOne<RoleRow>().WithMany().HasForeignKey(r => new { r.Tenant, r.Role }).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ReviewItemRow> row)
    {
        row.ToTable("review_item").HasKey(i => new { i.Review, i.Number });
        row.HasIndex(i => i.Review).HasFilter("status = 'Open'").HasDatabaseName("ix_review_item_open");
        row.HasIndex(i => new { i.AnsweredByPerson, i.Review });
        row.HasOne<ReviewRow>().WithMany().HasForeignKey(i => i.Review).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(i => i.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<ReviewToldRow> row)
    {
        row.ToTable("review_told").HasKey(t => new { t.Review, t.SubjectKey });
        row.HasOne<ReviewRow>().WithMany().HasForeignKey(t => t.Review).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(t => t.SubjectKey).OnDelete(DeleteBehavior.Restrict);
    }
}
