using Entitlements.Gateway.Assignments;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Issuance;

/// <summary>The record of an issued right to one download. Its id is the token's <c>jti</c>.</summary>
internal sealed class EntitlementRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required long SubjectKey { get; init; }
    public required string App { get; init; }
    public required long Release { get; init; }
    public string? Device { get; init; }
    public required string ClientIssuer { get; init; }
    public required string ClientId { get; init; }

    /// <summary>The assignment that conferred it.</summary>
    public required long Assignment { get; init; }

    /// <summary>Version of the guidance that the person had accepted; null where none was in force, or an emergency let it wait.</summary>
    public int? GuidanceVersion { get; init; }

    /// <summary>The revision at which it was judged.</summary>
    public required long Revision { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>One use of an entitlement token: the insert decides who was first.</summary>
internal sealed class RedemptionRow
{
    /// <summary>The token's <c>jti</c>; unique, so that a re-encoded copy is the same use.</summary>
    public required string Entitlement { get; init; }

    /// <summary>128 random bits; never logged.</summary>
    public required string Session { get; init; }
    public required DateTimeOffset RedeemedAt { get; init; }

    /// <summary>SHA-256 of the caller's Idempotency-Key; null where none was sent.</summary>
    public string? KeyHash { get; init; }

    /// <summary>When bytes were last sent; the session ends 15 minutes later, at most 4 hours after redemption.</summary>
    public required DateTimeOffset LastByteAt { get; set; }
    public long BytesSent { get; set; }
}

/// <summary>A token-signing key. The private half is wrapped by Keys:Protection (DataProtection in Development).</summary>
internal sealed class SigningKeyRow
{
    public required string Kid { get; init; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public required byte[] PublicKey { get; init; }
    public required byte[] WrappedPrivateKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>First instant at which it signs: not before it was in the JWKS for its max-age.</summary>
    public required DateTimeOffset SignsFrom { get; init; }
}

internal sealed class IssuanceMappings
    : IEntityTypeConfiguration<EntitlementRow>,
        IEntityTypeConfiguration<RedemptionRow>,
        IEntityTypeConfiguration<SigningKeyRow>
{
    public void Configure(EntityTypeBuilder<EntitlementRow> row)
    {
        row.ToTable("entitlement").HasKey(e => e.Id);
        row.HasIndex(e => new { e.SubjectKey, e.App });
        row.HasIndex(e => new { e.App, e.Tenant });
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(e => e.SubjectKey).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<Catalogue.ReleaseRow>().WithMany().HasForeignKey(e => e.Release).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<RedemptionRow> row)
    {
        row.ToTable("redemption").HasKey(r => r.Entitlement);
        row.HasIndex(r => r.Session).IsUnique();
        row.HasOne<EntitlementRow>().WithOne().HasForeignKey<RedemptionRow>(r => r.Entitlement).OnDelete(DeleteBehavior.Restrict);
    }

    public void Configure(EntityTypeBuilder<SigningKeyRow> row) => row.ToTable("signing_key").HasKey(k => k.Kid);
}
