using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary><c>/v1/tenants/{tenant}/roles</c>: the functions that people hold, and the policy of each.</summary>
internal static class RoleEndpoints
{
    private const int LargestEstablishment = 1_000_000;
    private const int MostIncompatible = 64;

    public static void MapRoles(this IEndpointRouteBuilder routes)
    {
        var roles = routes.MapGroup("/v1/tenants/{tenant}/roles").WithTags("Roles").InExercises();
        string[] readers = [Function.RoleAdmin, Function.AppOwner, Function.Approver, Function.DataProtectionOfficer, Function.Auditor, Function.PlatformAdmin];
        roles.MapGet("", ListAsync).WithName("ListRoles").WithSummary("The tenant's roles.").Produces<Page<RoleView>>().PermitManaging(readers);
        roles
            .MapGet("{role}", ReadAsync)
            .WithName("GetRole")
            .WithSummary("One role and its policy.")
            .Produces<RoleView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        roles
            .MapPut("{role}", WriteAsync)
            .WithName("PutRole")
            .WithSummary("Creates a role or alters its policy: what narrows acts at once, what widens becomes a change.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        roles
            .MapDelete("{role}", RemoveAsync)
            .WithName("DeleteRole")
            .WithSummary("Ends the role: nobody holds it any more.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> ListAsync(NameId tenant, PageQuery page, EntitlementsDb db)
    {
        var rows = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant.Value && !r.Deleted).ToListAsync();
        var shown = rows.OrderBy(r => r.Id, StringComparer.Ordinal).Where(r => page.After is null || string.CompareOrdinal(r.Id, page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1).Select(RoleView.Of)], r => r.Role));
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId role, HttpContext context, EntitlementsDb db)
    {
        var row = await db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant.Value && r.Id == role.Value && !r.Deleted);
        return WriteResults.OfResource(context, row is null ? null : RoleView.Of(row), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(NameId tenant, NameId role, WriteRequest request, Body<RoleBody> body, ChangeDesk desk)
    {
        var given = body.Value;
        var faults = FaultsOf(given, role.Value).ToList();
        if (faults.Count > 0)
        {
            return Problems.BadRequest(faults);
        }
        string[] incompatible = [.. given.IncompatibleWith.Select(r => r.Value).Distinct().Order(StringComparer.Ordinal)];
        return (
            await desk.SubmitAsync(
                request,
                new RoleAlteration(
                    tenant.Value,
                    role.Value,
                    given.Name,
                    given.Establishment,
                    given.LongestAssignment,
                    given.Sensitive,
                    given.Restricted,
                    incompatible
                )
                {
                    Accreditations = KnownAccreditations.Sorted(given.Accreditations),
                }
            )
        ).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId role, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new RoleRemoval(tenant.Value, role.Value))).ToResult();

    private static IEnumerable<(string, string)> FaultsOf(RoleBody body, string role)
    {
        if (!Names.IsName(body.Name))
        {
            yield return ("/name", FormattableString.Invariant($"must be 1 to {Names.Longest} visible characters"));
        }
        if (body.Establishment is < 0 or > LargestEstablishment)
        {
            yield return ("/establishment", FormattableString.Invariant($"must be from 0 to {LargestEstablishment}"));
        }
        if (body.LongestAssignment is { } longest && (longest < TimeSpan.FromMinutes(1) || longest > TimeSpan.FromDays(36_500)))
        {
            yield return ("/longest_assignment", "must be from PT1M to P36500D");
        }
        if (body.IncompatibleWith.Count > MostIncompatible || body.IncompatibleWith.Any(r => r.Value == role))
        {
            yield return ("/incompatible_with", FormattableString.Invariant($"must be at most {MostIncompatible} other roles"));
        }
        foreach (var fault in KnownAccreditations.FaultsOf(body.Accreditations))
        {
            yield return fault;
        }
    }

    internal sealed record RoleBody
    {
        /// <summary>Shown to people; 1 to 200 characters.</summary>
        public required string Name { get; init; }

        /// <summary>How many may hold it at once; null for no ceiling.</summary>
        public int? Establishment { get; init; }

        /// <summary>ISO 8601; null where an assignment may be open-ended.</summary>
        public TimeSpan? LongestAssignment { get; init; }

        /// <summary>Who holds it is need-to-know.</summary>
        public bool Sensitive { get; init; }

        /// <summary>Assigned only by a change.</summary>
        public bool Restricted { get; init; }

        /// <summary>Roles that may not be held together with it.</summary>
        public IReadOnlyList<NameId> IncompatibleWith { get; init; } = [];

        /// <summary>Its holders count as holding it only while they hold all of these; each is one that a source of the tenant may say.</summary>
        public IReadOnlyList<NameId> Accreditations { get; init; } = [];
    }

    internal sealed record RoleView(
        string Role,
        string Name,
        int? Establishment,
        TimeSpan? LongestAssignment,
        bool Sensitive,
        bool Restricted,
        bool Administrative,
        IReadOnlyList<string> IncompatibleWith,
        IReadOnlyList<string> Accreditations
    )
    {
        public static RoleView Of(RoleRow row) =>
            new(
                row.Id,
                row.Name,
                row.Establishment,
                row.LongestAssignment,
                row.Sensitive,
                row.Restricted,
                row.Administrative,
                row.IncompatibleWith,
                row.Accreditations
            );
    }
}
