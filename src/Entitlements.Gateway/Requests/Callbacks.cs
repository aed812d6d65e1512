using System.Text.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Requests;

/// <summary>Where the store wants to hear what became of its task.</summary>
internal sealed record CallbackPart
{
    private const int LongestState = 1_024;
    private static readonly string[] Known = ["approved", "denied", "expired", "cancelled", "failed"];

    /// <summary>The address of one of the tenant's webhooks: nothing else is ever called.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Returned as it is; at most 1,024 characters.</summary>
    public string? State { get; init; }

    /// <summary>Left out: all of them.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    public IEnumerable<(string, string)> Faults()
    {
        if (State?.Length > LongestState)
        {
            yield return ("/callback/state", FormattableString.Invariant($"must be at most {LongestState} characters"));
        }
        if (Events is { } events && (events.Count == 0 || events.Except([.. Known, "partial"]).Any()))
        {
            yield return ("/callback/events", $"must name some of {string.Join(", ", Known)}");
        }
    }
}

/// <summary>A callback that was agreed to, as it is kept with the request.</summary>
/// <param name="Webhook">The tenant's webhook that has the address; who registers it answers for where it leads.</param>
/// <param name="Tasks">Address of the tasks, without the last slash.</param>
internal sealed record Callback(string Webhook, string? State, IReadOnlyList<string>? Events, string Tasks);

/// <summary>Tells a store's webhook what became of its task. Source: AuthZEN Callback Notifications Profile, draft 1.</summary>
internal sealed class Callbacks(EntitlementsDb db, IOptions<PublicUrlOptions> url)
{
    /// <summary>Names the delivery; the webhook gets the profile's body, not an event.</summary>
    public const string Kind = "access_request.callback";

    /// <summary>Null where the tenant has no working webhook of that address.</summary>
    public async Task<Callback?> FindAsync(string tenant, CallbackPart part) =>
        await db.Webhooks.AsNoTracking().Where(w => w.Tenant == tenant && w.Enabled && w.Url == part.Endpoint).OrderBy(w => w.Id).FirstOrDefaultAsync()
            is { } webhook
            ? new(webhook.Id, part.State, part.Events, url.Value.At(Access.RequestableDenials.Path))
            : null;

    /// <summary>In the transaction that decides the request. A notification without a result: the store reads the task before it acts on it.</summary>
    public static async Task OweAsync(WriteScope scope, AccessRequestRow row)
    {
        var status = AccessRequestTasks.StatusOf(row.Status);
        if (
            row.Callback is null
            || JsonSerializer.Deserialize<Callback>(row.Callback, StoredJson.Options) is not { } callback
            || callback.Events?.Contains(status) == false
            || await scope.Db.Webhooks.AsNoTracking().SingleOrDefaultAsync(w => w.Tenant == row.Tenant && w.Id == callback.Webhook && w.Enabled)
                is not { } webhook
        )
        {
            return;
        }
        var body = new JsonObject
        {
            ["task"] = new JsonObject
            {
                ["id"] = row.Id,
                ["status"] = status,
                ["status_endpoint"] = $"{callback.Tasks}/{row.Id}",
            },
        };
        if (callback.State is not null)
        {
            body["state"] = callback.State;
        }
        scope.Db.Deliveries.Add(webhook.DeliveryOf(Kind, body, scope.Now, scope.Now, plain: true));
    }
}
