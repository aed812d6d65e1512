using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>Somebody's session at the portal: the browser holds its key and nothing else.</summary>
internal sealed class SessionRow
{
    /// <summary>SHA-256 of the key, 64 lower-case hex digits: who reads the table can use no session.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is, as <see cref="Identity.Caller.Key"/> says.</summary>
    public required string Person { get; init; }

    /// <summary>What the provider said of the sign-in, sealed.</summary>
    public required byte[] Ticket { get; set; }
    public required DateTimeOffset BeganAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; set; }
}

internal sealed class SessionMapping : IEntityTypeConfiguration<SessionRow>
{
    public void Configure(EntityTypeBuilder<SessionRow> builder)
    {
        builder.ToTable("portal_session");
        builder.HasKey(s => s.Id);
        builder.Property(s => s.Id).HasMaxLength(64);
        builder.HasIndex(s => s.Person);
        builder.HasIndex(s => s.ExpiresAt);
    }
}
