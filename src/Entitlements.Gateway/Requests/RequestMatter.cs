using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What a request is about, in the words that its parties need to decide.</summary>
/// <param name="Opens">What the role's holders can have in this force: with the role comes all of it, whatever was asked for.</param>
/// <param name="Conflicts">Names of roles that the person holds and that may not be used together with it; a sensitive one is null.</param>
internal sealed record RequestMatter(RoleName Role, IReadOnlyList<OpenedApp> Opens, IReadOnlyList<string?> Conflicts);

internal sealed record RoleName(string Id, string Name, bool Restricted);

/// <param name="Capabilities">What its published releases can do, the riskiest first.</param>
internal sealed record OpenedApp(string App, string Name, bool HighRisk, IReadOnlyList<CapabilityView> Capabilities);

/// <summary><c>GET /v1/requests/{request}/matter</c>: for everyone who sees the request, whichever functions they have.</summary>
internal static class RequestMatters
{
    public static void MapRequestMatter(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/requests/{request}/matter", ReadAsync)
            .Permit(anyPerson: true)
            .InExercises()
            .WithTags("Requests")
            .WithName("GetRequestMatter")
            .WithSummary("What the role opens, what that can do, and what stands against holding it.")
            .Produces<RequestMatter>()
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> ReadAsync(string request, Caller caller, EntitlementsDb db, TimeProvider clock)
    {
        var row = await db.AccessRequests.AsNoTracking().SingleOrDefaultAsync(r => r.Id == request);
        if (row is null || !await RequestSight.MaySeeAsync(db, caller, row, clock.Now()))
        {
            return Problems.NotFound();
        }
        var role = await db.Roles.AsNoTracking().SingleAsync(r => r.Tenant == row.Tenant && r.Id == row.Role);
        return TypedResults.Ok(
            new RequestMatter(
                new(role.Id, role.Name, role.Restricted),
                await OpensAsync(db, role, clock.Now()),
                await ConflictsAsync(db, role, row.SubjectKey, clock.Now())
            )
        );
    }

    private static async Task<IReadOnlyList<OpenedApp>> OpensAsync(EntitlementsDb db, RoleRow role, DateTimeOffset now)
    {
        var rules = await db.Rules.AsNoTracking().Where(r => r.Tenant == role.Tenant && r.Type == Engine.Decisions.Resource.App).ToListAsync();
        var ids = rules.Where(r => r.Roles.Contains(role.Id) && !(r.InForceUntil <= now)).Select(r => r.App).Distinct().ToList();
        var apps = await db
            .Apps.AsNoTracking()
            .Where(a => a.Type == Engine.Decisions.Resource.App && ids.Contains(a.Id))
            .OrderBy(a => a.Name)
            .ThenBy(a => a.Id)
            .ToListAsync();
        var releases = (
            await db
                .Releases.AsNoTracking()
                .Where(r => ids.Contains(r.App) && r.PublishedAt != null && !db.Bars.Any(b => b.Release == r.Key && b.LiftedAt == null))
                .ToListAsync()
        ).ToLookup(r => r.App, r => r.Capabilities);
        return apps.ConvertAll(a => new OpenedApp(a.Id, a.Name, a.HighRisk, CapabilityView.Of(releases[a.Id].SelectMany(c => c).Distinct())));
    }

    private static async Task<IReadOnlyList<string?>> ConflictsAsync(EntitlementsDb db, RoleRow role, long subject, DateTimeOffset now)
    {
        var held = await (
            from assignment in db.Assignments.Unended(now)
            join other in db.Roles on new { assignment.Tenant, assignment.Role } equals new { other.Tenant, Role = other.Id }
            where assignment.SubjectKey == subject && assignment.Tenant == role.Tenant && assignment.Role != role.Id && !other.Deleted
            select other
        ).ToListAsync();
        return
        [
            .. held.Where(o => o.IncompatibleWith.Contains(role.Id) || role.IncompatibleWith.Contains(o.Id))
                .DistinctBy(o => o.Id)
                .OrderBy(o => o.Id, StringComparer.Ordinal)
                .Select(o => o.Sensitive ? null : o.Name),
        ];
    }
}
