using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Changes;

/// <summary>A proposed alteration to what anyone may have, bound to a hash and an audience count.</summary>
internal sealed class ChangeRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }

    /// <summary>Another tenant that it concerns; null: none.</summary>
    public string? OtherTenant { get; init; }

    /// <summary>The alteration, as JSON with its kind.</summary>
    public required string Alteration { get; init; }
    public required string Kind { get; init; }

    /// <summary>What it alters, for instance <c>app/call-recorder/rule/northvale/download</c>.</summary>
    public required string Target { get; init; }

    /// <summary>The target's version when it was proposed; a target that moved ends the change.</summary>
    public required long BaseVersion { get; init; }

    /// <summary>SHA-256 over kind, target, alteration and base version; 64 lower-case hex digits.</summary>
    public required string Hash { get; init; }
    public required int AudienceBefore { get; init; }
    public required int AudienceAfter { get; init; }

    /// <summary>Votes still needed to publish, as <c>tenant/function</c>; all of them, each by another person.</summary>
    public required List<string> Quorum { get; init; }
    public required string Proposer { get; init; }
    public required string ProposerPerson { get; init; }

    /// <summary>Persons whom the change names: they may not vote on it.</summary>
    public required List<string> Named { get; init; }
    public required string Reason { get; init; }
    public required DateTimeOffset ProposedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public ChangeState State { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>Revision at which it was published.</summary>
    public long? Revision { get; set; }

    /// <summary>Whose evidence tells of it.</summary>
    public IEnumerable<string> EvidenceTenants() => OtherTenant is { } other ? [Tenant, other] : [Tenant];
}

/// <summary>States of a change; every state but the first is final.</summary>
internal enum ChangeState
{
    Proposed,
    Published,
    Rejected,
    Withdrawn,
    Moved,
    Expired,
}

/// <summary>One person's answer.</summary>
internal sealed class VoteRow
{
    public required string Change { get; init; }
    public required string Person { get; init; }
    public required string Voter { get; init; }

    /// <summary>The quorum entry it fills, as <c>tenant/function</c>.</summary>
    public required string Function { get; init; }
    public required bool Approves { get; init; }
    public required string Reason { get; init; }

    /// <summary>The change as this person was shown it: JSON of a <see cref="ChangeView"/>.</summary>
    public required string Shown { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class ChangeMappings : IEntityTypeConfiguration<ChangeRow>, IEntityTypeConfiguration<VoteRow>
{
    public void Configure(EntityTypeBuilder<ChangeRow> row)
    {
        row.ToTable("change").HasKey(c => c.Id);
        row.HasIndex(c => new { c.Tenant, c.State });
        row.HasIndex(c => c.OtherTenant).HasFilter("other_tenant is not null");
    }

    public void Configure(EntityTypeBuilder<VoteRow> row)
    {
        row.ToTable("vote").HasKey(v => new { v.Change, v.Person }); // one person, one vote, whatever accounts they have
        row.HasOne<ChangeRow>().WithMany().HasForeignKey(v => v.Change).OnDelete(DeleteBehavior.Restrict);
    }
}
