using System.Globalization;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Audit;

/// <summary>One event of the log, as far as this reader is told.</summary>
/// <param name="Kind">Dotted name, for instance <c>entitlement.issued</c>.</param>
/// <param name="Tenant">Whose evidence; null: the installation's.</param>
/// <param name="Actor">Who did it: kind, issuer and id; null where it is withheld.</param>
/// <param name="Target">What it is about; null where it is withheld.</param>
/// <param name="Details">The rest, by kind; null where it is withheld.</param>
/// <param name="Withheld">It tells of somebody's right, which this reader need not know.</param>
internal sealed record AuditEventView(
    string Kind,
    string? Tenant,
    DateTimeOffset At,
    long Revision,
    string? Actor,
    string? Target,
    JsonObject? Details,
    bool Withheld
);

/// <summary><c>GET /v1/audit/events</c>: the log, newest first.</summary>
internal static class AuditEndpoints
{
    /// <summary>Most events that one search looks through, some hundred milliseconds' worth; the next page goes on where it ended.</summary>
    public const int LookedThrough = 50_000;

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/v1/audit/events", ListAsync)
            .WithTags("Audit")
            .Permit(Scopes.ReadAudit, anyPerson: false, AuditSight.Readers)
            .WithName("ListAuditEvents")
            .WithSummary("The log of a tenant, or of the installation, newest first; a page may be short or empty and have a next one.")
            .Produces<Page<AuditEventView>>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        string? tenant,
        string? kind,
        string? actor,
        string? target,
        string? from,
        string? to
    )
    {
        var filter = new AuditFilter(kind, actor, target, from, to);
        if (filter.Faults().ToList() is { Count: > 0 } faults)
        {
            return Problems.Of(
                StatusCodes.Status400BadRequest,
                "invalid_filter",
                "The filter is not valid.",
                members: new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["errors"] = faults.ToDictionary(f => f.Pointer, f => new[] { f.Error }, StringComparer.Ordinal),
                }
            );
        }
        if (AuditSight.Of(caller, tenant) is not { } sight)
        {
            return Problems.NotFound();
        }
        var after = page.After is null ? null : AuditPosition.Read(page.After);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is not one that this list gave.", "invalid_cursor");
        }
        return TypedResults.Ok(await ReadAsync(db, sight, filter, after, page));
    }

    private static async Task<Page<AuditEventView>> ReadAsync(EntitlementsDb db, AuditSight sight, AuditFilter filter, AuditPosition? after, PageQuery page)
    {
        var (tenant, at, id) = (sight.Tenant, after?.At, after?.Id ?? 0);
        var log = filter
            .InTime(db.AuditEvents.AsNoTracking().Where(a => a.Tenant == tenant))
            .Where(a => at == null || a.At < at || (a.At == at && a.Id < id))
            .OrderByDescending(a => a.At)
            .ThenByDescending(a => a.Id);
        var found = await filter
            .Matching(sight.Over(db, filter.IsOfTimeAlone ? log : log.Take(LookedThrough)))
            .OrderByDescending(e => e.Row.At)
            .ThenByDescending(e => e.Row.Id)
            .Take(page.Limit + 1)
            .ToListAsync();
        var ends =
            filter.IsOfTimeAlone || found.Count > page.Limit ? null : await log.Skip(LookedThrough - 1).Select(a => new { a.At, a.Id }).FirstOrDefaultAsync();
        var shown = page.Of(found, e => new AuditPosition(e.Row.At, e.Row.Id).ToString());
        var views = await ViewsAsync(db, sight, shown.Items);
        return new(views, shown.NextCursor ?? (ends is null ? null : PageQuery.CursorOf(new AuditPosition(ends.At, ends.Id).ToString())));
    }

    private static async Task<IReadOnlyList<AuditEventView>> ViewsAsync(EntitlementsDb db, AuditSight sight, IReadOnlyList<SeenEvent> events)
    {
        var details = events.Select(e => e.IsTold ? JsonNode.Parse(e.Row.Details) as JsonObject : null).ToList();
        var keys = details.Select(KeyOf).OfType<long>().Distinct().ToList();
        var names = keys.Count == 0 ? [] : await Subjects.IdsAsync(db, keys);
        return
        [
            .. events.Zip(
                details,
                (e, told) =>
                    new AuditEventView(
                        e.Row.Kind,
                        e.Row.Tenant,
                        e.Row.At,
                        e.Row.Revision,
                        e.IsTold ? e.Row.Actor : null,
                        e.IsTold || e.IsTargetTold ? e.Row.Target : null,
                        Named(told, names, sight),
                        !e.IsTold
                    )
            ),
        ];
    }

    /// <summary>An account's key says nothing to anybody: its id stands in its place.</summary>
    private static JsonObject? Named(JsonObject? details, Dictionary<long, string> names, AuditSight sight)
    {
        if (KeyOf(details) is { } key)
        {
            details!["subject"] = names.GetValueOrDefault(key);
        }
        if (!sight.Knows)
        {
            details?.Remove("alteration"); // what of it may be told, the change itself says
        }
        return details;
    }

    private static long? KeyOf(JsonObject? details) => details?["subject"] is JsonValue value && value.TryGetValue<long>(out var key) ? key : null;

    /// <summary>Where a page ended.</summary>
    private sealed record AuditPosition(DateTimeOffset At, long Id)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}:{Id}");

        public static AuditPosition? Read(string text) =>
            text.Split(':') is [var ticks, var number]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.UtcTicks
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? new(new(at, TimeSpan.Zero), id)
                : null;
    }
}
