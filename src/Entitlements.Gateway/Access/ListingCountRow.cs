using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Access;

/// <summary>How often store pages asked about an app on one day: a count, no people.</summary>
internal sealed class ListingCountRow
{
    /// <summary>The app's place for all that is not available: unknown, hidden and foreign are counted as one.</summary>
    public const string NotAvailable = "-";

    public required string Tenant { get; init; }
    public required string App { get; init; }

    /// <summary>UTC day, <c>yyyy-MM-dd</c>.</summary>
    public required string Day { get; init; }
    public long Asked { get; set; }
    public long Allowed { get; set; }
}

internal sealed class AccessMappings : IEntityTypeConfiguration<ListingCountRow>
{
    public void Configure(EntityTypeBuilder<ListingCountRow> row) =>
        row.ToTable("listing_count")
            .HasKey(c => new
            {
                c.Tenant,
                c.App,
                c.Day,
            });
}
