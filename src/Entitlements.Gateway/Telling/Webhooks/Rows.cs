using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>A system of the tenant's that hears of its events.</summary>
internal sealed class WebhookRow
{
    public required string Tenant { get; init; }
    public required string Id { get; init; }
    public required string Url { get; set; }

    /// <summary>Kinds it hears of: exact, <c>request.*</c>, or <c>*</c>.</summary>
    public required List<string> Kinds { get; set; }

    /// <summary>The key that signs, wrapped by Keys:Protection (DataProtection in Development).</summary>
    public required byte[] WrappedSecret { get; set; }

    /// <summary>The key before it, which signs as well until <see cref="PreviousUntil"/>.</summary>
    public byte[]? WrappedPrevious { get; set; }
    public DateTimeOffset? PreviousUntil { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>Why the product itself switched it off: <c>gone</c> or <c>failing</c>.</summary>
    public string? DisabledBecause { get; set; }

    /// <summary>Since when nothing has reached it; null while it answers.</summary>
    public DateTimeOffset? FailingSince { get; set; }
    public long Version { get; set; } = 1;

    public string Lane => LaneOf(Tenant, Id);

    public string Target => $"tenant/{Tenant}/webhook/{Id}";

    public static string LaneOf(string tenant, string id) => $"webhook/{tenant}/{id}";

    /// <summary>A message to it, due at once.</summary>
    /// <param name="at">When what it tells of happened.</param>
    /// <param name="plain">See <see cref="DeliveryRow.Plain"/>.</param>
    public DeliveryRow DeliveryOf(string kind, JsonObject data, DateTimeOffset at, DateTimeOffset now, bool plain = false) =>
        new()
        {
            Message = RandomIds.New("msg_"),
            Channel = Channel.Webhook,
            Lane = Lane,
            Tenant = Tenant,
            Webhook = Id,
            Kind = kind,
            Payload = data.ToJsonString(),
            Plain = plain,
            At = at,
            Since = now,
            NextAt = now,
        };

    public bool Hears(string kind) =>
        Kinds.Exists(k => k == kind || k == "*" || (k.EndsWith(".*", StringComparison.Ordinal) && kind.StartsWith(k[..^1], StringComparison.Ordinal)));
}

internal sealed class WebhookMapping : IEntityTypeConfiguration<WebhookRow>
{
    public void Configure(EntityTypeBuilder<WebhookRow> row)
    {
        row.ToTable("webhook").HasKey(w => new { w.Tenant, w.Id });
        row.Ignore(w => w.Lane).Ignore(w => w.Target);
        row.HasOne<TenantRow>().WithMany().HasForeignKey(w => w.Tenant).OnDelete(DeleteBehavior.Restrict);
    }
}
