using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Identity;

/// <summary>A registered client, told by (issuer, client id). It works only while this row stands.</summary>
internal sealed class ClientRow
{
    public required string Issuer { get; init; }
    public required string ClientId { get; init; }
    public List<string> Tenants { get; set; } = [];
    public List<string> Scopes { get; set; } = [];

    /// <summary>Administrative roles the client may use, as <c>tenant/function</c>.</summary>
    public List<string> Functions { get; set; } = [];

    /// <summary>The <c>sub</c> that proves a Keycloak token to be this client's.</summary>
    public string? ServiceSubject { get; set; }

    /// <summary>The person as whom it proposes changes; null: it may not propose.</summary>
    public string? Person { get; set; }
    public long Version { get; set; } = 1;
}

internal sealed class IdentityMappings : IEntityTypeConfiguration<ClientRow>
{
    public void Configure(EntityTypeBuilder<ClientRow> row) => row.ToTable("client").HasKey(c => new { c.Issuer, c.ClientId });
}
