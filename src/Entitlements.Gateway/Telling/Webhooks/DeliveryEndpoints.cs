using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary><c>/v1/tenants/{tenant}/webhooks/{webhook}/deliveries</c>: what was sent to a webhook, or waits for it.</summary>
internal static class DeliveryEndpoints
{
    public static void MapWebhookDeliveries(this IEndpointRouteBuilder routes)
    {
        var deliveries = routes.MapGroup("/v1/tenants/{tenant}/webhooks/{webhook}/deliveries").WithTags("Webhooks");
        deliveries
            .MapGet("", ListAsync)
            .WithName("ListWebhookDeliveries")
            .WithSummary("What was sent to it, or waits, newest first; kept for 30 days.")
            .Produces<Page<DeliveryView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Function.RoleAdmin, Function.Auditor, Function.PlatformAdmin);
        deliveries
            .MapPost("{delivery}/redeliver", RedeliverAsync)
            .WithName("RedeliverWebhookMessage")
            .WithSummary("Sends a message that arrived or failed once more, under the same id.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
    }

    private static async Task<IResult> ListAsync(NameId tenant, NameId webhook, PageQuery page, EntitlementsDb db, string? state)
    {
        if (state is not null && !Enum.GetNames<DeliveryState>().Contains(state, StringComparer.OrdinalIgnoreCase))
        {
            return Problems.BadRequest("state is one of waiting, delivered, failed.", "invalid_filter");
        }
        var before = page.AfterNumber ?? long.MaxValue;
        if (!await db.Webhooks.AnyAsync(w => w.Tenant == tenant.Value && w.Id == webhook.Value))
        {
            return Problems.NotFound();
        }
        var (lane, wanted) = (
            WebhookRow.LaneOf(tenant.Value, webhook.Value),
            state is null ? (DeliveryState?)null : Enum.Parse<DeliveryState>(state, ignoreCase: true)
        );
        var rows = await db
            .Deliveries.AsNoTracking()
            .Where(d => d.Lane == lane && d.Id < before && (wanted == null || d.State == wanted))
            .OrderByDescending(d => d.Id)
            .Take(page.Limit + 1)
            .ToListAsync();
        var shown = page.Of(rows, d => d.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new Page<DeliveryView>([.. shown.Items.Select(DeliveryView.Of)], shown.NextCursor));
    }

    private static async Task<IResult> RedeliverAsync(NameId tenant, NameId webhook, NameId delivery, WriteRequest request, WriteWebhook writer) =>
        (await writer.RedeliverAsync(request, tenant.Value, webhook.Value, delivery.Value)).ToResult();

    /// <param name="Delivery">The <c>webhook-id</c> it is sent under.</param>
    /// <param name="LastResult">How the last attempt ended; never the receiver's own words.</param>
    internal sealed record DeliveryView(
        string Delivery,
        string Kind,
        DeliveryState State,
        int Attempts,
        string? LastResult,
        DateTimeOffset At,
        DateTimeOffset? NextAt,
        DateTimeOffset? SettledAt
    )
    {
        public static DeliveryView Of(DeliveryRow row) =>
            new(row.Message, row.Kind, row.State, row.Attempts, row.LastResult, row.At, row.Claim is null ? row.NextAt : null, row.SettledAt);
    }
}
