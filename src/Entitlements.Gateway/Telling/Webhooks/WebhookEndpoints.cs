using System.Net;
using System.Text.RegularExpressions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary><c>/v1/tenants/{tenant}/webhooks</c>: systems that hear of the tenant's events.</summary>
internal static partial class WebhookEndpoints
{
    private const int LongestUrl = 2048;
    private const int MostKinds = 50;
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("/v1/tenants/{tenant}/webhooks").WithTags("Webhooks");
        string[] readers = [Function.RoleAdmin, Function.Auditor, Function.PlatformAdmin];
        string[] writers = [Function.RoleAdmin, Function.PlatformAdmin];
        webhooks.MapGet("", ListAsync).WithName("ListWebhooks").WithSummary("The tenant's webhooks.").Produces<Page<WebhookView>>().PermitManaging(readers);
        webhooks
            .MapGet("{webhook}", ReadAsync)
            .WithName("GetWebhook")
            .WithSummary("One webhook; never its secret.")
            .Produces<WebhookView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        webhooks
            .MapPut("{webhook}", WriteAsync)
            .WithName("PutWebhook")
            .WithSummary("Registers a webhook, which answers with its signing secret, once; or alters it, or switches it on again.")
            .ProducesWrite()
            .PermitManaging(writers);
        webhooks
            .MapDelete("{webhook}", RemoveAsync)
            .WithName("DeleteWebhook")
            .WithSummary("Ends a webhook and what waits for it.")
            .ProducesWrite()
            .PermitManaging(writers);
        webhooks
            .MapPost("{webhook}/secret", RotateAsync)
            .WithName("RotateWebhookSecret")
            .WithSummary("Gives it a new signing secret, shown once; the one before signs as well for the overlap.")
            .ProducesWrite()
            .PermitManaging(writers);
        webhooks
            .MapPost("{webhook}/test", TestAsync)
            .WithName("TestWebhook")
            .WithSummary("Sends it a message of kind webhook.test.")
            .ProducesWrite()
            .PermitManaging(writers);
    }

    private static async Task<IResult> ListAsync(NameId tenant, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var rows = db.Webhooks.AsNoTracking().Where(w => w.Tenant == tenant.Value);
        if (page.After is { } after)
        {
            rows = rows.Where(w => w.Id.CompareTo(after) > 0);
        }
        var views = (await rows.OrderBy(w => w.Id).Take(page.Limit + 1).ToListAsync()).ConvertAll(w => WebhookView.Of(w, clock.Now()));
        return TypedResults.Ok(page.Of(views, w => w.Webhook));
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId webhook, HttpContext context, EntitlementsDb db, TimeProvider clock)
    {
        var row = await db.Webhooks.AsNoTracking().SingleOrDefaultAsync(w => w.Tenant == tenant.Value && w.Id == webhook.Value);
        return WriteResults.OfResource(context, row is null ? null : WebhookView.Of(row, clock.Now()), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(
        NameId tenant,
        NameId webhook,
        WriteRequest request,
        Body<WebhookBody> body,
        AddressGuard guard,
        WriteWebhook writer
    )
    {
        var given = body.Value;
        if (FaultOf(given.Url, guard) is { } fault)
        {
            return Problems.BadRequest(("/url", fault));
        }
        return given.Kinds.Count is 0 or > MostKinds || !given.Kinds.All(k => Kind.IsMatch(k))
            ? Problems.BadRequest(
                ("/kinds", FormattableString.Invariant($"must be 1 to {MostKinds} kinds, such as change.decided, all of a sort, such as change.*, or *"))
            )
            : (
                await writer.PutAsync(
                    request,
                    tenant.Value,
                    webhook.Value,
                    given.Url,
                    [.. given.Kinds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    given.Enabled
                )
            ).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId webhook, WriteRequest request, WriteWebhook writer) =>
        (await writer.DeleteAsync(request, tenant.Value, webhook.Value)).ToResult();

    private static async Task<IResult> RotateAsync(NameId tenant, NameId webhook, WriteRequest request, Body<SecretBody> body, WriteWebhook writer) =>
        body.Value.Overlap < TimeSpan.Zero || body.Value.Overlap > LongestOverlap
            ? Problems.BadRequest(("/overlap", "must be from PT0S to P7D"))
            : (await writer.RotateAsync(request, tenant.Value, webhook.Value, body.Value.Overlap ?? TimeSpan.FromDays(1))).ToResult();

    private static async Task<IResult> TestAsync(NameId tenant, NameId webhook, WriteRequest request, WriteWebhook writer) =>
        (await writer.TestAsync(request, tenant.Value, webhook.Value)).ToResult();

    /// <summary>What can be said of the address before anybody connects to it; the guard judges again, by resolved address, at each connection.</summary>
    private static string? FaultOf(string given, AddressGuard guard)
    {
        if (
            given.Length > LongestUrl
            || !Uri.TryCreate(given, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && guard.OpensAny))
            || url.UserInfo.Length > 0
            || url.Fragment.Length > 0
            || url.Host.Length == 0
        )
        {
            return "must be an https address without user and fragment";
        }
        return IPAddress.TryParse(url.IdnHost, out var address) && !guard.Permits(address, url.Scheme == Uri.UriSchemeHttps)
            ? "must be an address on the public internet, or in a network that the operator opened"
            : null;
    }

    [GeneratedRegex(@"\A(\*|([a-z][a-z0-9_]{0,31}\.){1,4}(\*|[a-z][a-z0-9_]{0,31}))\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Kind { get; }

    /// <param name="Url">https, on the public internet.</param>
    /// <param name="Kinds">Kinds of message it hears of: <c>change.decided</c>, <c>change.*</c>, <c>*</c>.</param>
    /// <param name="Enabled">False: it hears nothing until it is true again.</param>
    internal sealed record WebhookBody(string Url, IReadOnlyList<string> Kinds, bool Enabled = true);

    /// <param name="Overlap">How long the secret before it signs as well: up to P7D, P1D where it is left out.</param>
    internal sealed record SecretBody(TimeSpan? Overlap = null);

    /// <param name="DisabledBecause"><c>gone</c> or <c>failing</c> where the gateway switched it off.</param>
    /// <param name="FailingSince">Since when nothing has reached it.</param>
    /// <param name="PreviousSecretUntil">Until when the secret before signs as well.</param>
    internal sealed record WebhookView(
        string Webhook,
        string Url,
        IReadOnlyList<string> Kinds,
        bool Enabled,
        string? DisabledBecause,
        DateTimeOffset? FailingSince,
        DateTimeOffset? PreviousSecretUntil
    )
    {
        public static WebhookView Of(WebhookRow row, DateTimeOffset now) =>
            new(row.Id, row.Url, row.Kinds, row.Enabled, row.DisabledBecause, row.FailingSince, row.PreviousUntil > now ? row.PreviousUntil : null);
    }
}
