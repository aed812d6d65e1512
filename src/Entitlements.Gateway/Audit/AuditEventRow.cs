using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Audit;

/// <summary>One fact, written in the transaction of the act it tells of. Rows are only ever inserted.</summary>
internal sealed class AuditEventRow
{
    public long Id { get; init; }

    /// <summary>Closed list of dotted names, for instance <c>entitlement.issued</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whose evidence it is; null for the installation's own.</summary>
    public string? Tenant { get; init; }

    /// <summary>Who acted (<see cref="Identity.Caller.Key"/>).</summary>
    public required string Actor { get; init; }

    /// <summary>What it was about: an entitlement, change, app or assignment.</summary>
    public required string Target { get; init; }

    /// <summary>JSON object: the rest, without tokens or names.</summary>
    public required string Details { get; init; }
    public required DateTimeOffset At { get; init; }
    public required long Revision { get; init; }
}

internal sealed class AuditMappings : IEntityTypeConfiguration<AuditEventRow>
{
    public void Configure(EntityTypeBuilder<AuditEventRow> row)
    {
        row.ToTable("audit_event").HasKey(a => a.Id);
        row.HasIndex(a => new { a.Tenant, a.At });
        row.HasIndex(a => a.Target);
    }
}
