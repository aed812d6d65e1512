using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>An entitlement of the person who asks.</summary>
/// <param name="RedeemedAt">When its download began; null: it did not.</param>
internal sealed record OwnEntitlement(
    string Id,
    string Tenant,
    string App,
    string Name,
    string Version,
    string Platform,
    string? Device,
    DateTimeOffset IssuedAt,
    DateTimeOffset? RedeemedAt,
    DateTimeOffset? RevokedAt
);

/// <summary><c>/v1/my/entitlements</c>: what was issued to oneself, whoever the store was, the newest first.</summary>
internal static class OwnEntitlements
{
    public static void MapOwnEntitlements(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/my/entitlements", ListAsync)
            .Permit(anyPerson: true)
            .InExercises()
            .WithTags("Entitlements")
            .WithName("ListOwnEntitlements")
            .WithSummary("What was issued to oneself, the newest first.")
            .Produces<Page<OwnEntitlement>>();

    private static async Task<IResult> ListAsync(Caller caller, PageQuery page, EntitlementsDb db)
    {
        var key = caller is Caller.Person { SubjectKey: { } own } ? own : 0;
        var after = page.After is null
            ? null
            : await db.Entitlements.AsNoTracking().SingleOrDefaultAsync(e => e.Id == page.After && e.SubjectKey == key)
                ?? throw new ProblemException(Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor"));
        var (at, id) = (after?.IssuedAt, after?.Id);
        var rows = await (
            from entitlement in db.Entitlements.AsNoTracking()
            join release in db.Releases on entitlement.Release equals release.Key
            join app in db.Apps.Where(a => a.Type == Engine.Decisions.Resource.App) on entitlement.App equals app.Id
            join used in db.Redemptions on entitlement.Id equals used.Entitlement into uses
            from redemption in uses.DefaultIfEmpty()
            where entitlement.SubjectKey == key && (at == null || entitlement.IssuedAt < at || (entitlement.IssuedAt == at && entitlement.Id.CompareTo(id) > 0))
            orderby entitlement.IssuedAt descending, entitlement.Id
            select new OwnEntitlement(
                entitlement.Id,
                entitlement.Tenant,
                entitlement.App,
                app.Name,
                release.ReleaseVersion,
                release.Platform,
                entitlement.Device,
                entitlement.IssuedAt,
                redemption == null ? null : redemption.RedeemedAt,
                entitlement.RevokedAt
            )
        )
            .Take(page.Limit + 1)
            .ToListAsync();
        return TypedResults.Ok(page.Of(rows, e => e.Id));
    }
}
