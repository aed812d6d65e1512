using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary><c>/v1/tenants/{tenant}/roles/{role}/assignments</c>: who holds a role, and when.</summary>
internal static class AssignmentEndpoints
{
    /// <summary>Below this many holders of a sensitive role even the count is withheld from who need not know.</summary>
    private const int CountFloor = 5;

    public static void MapAssignments(this IEndpointRouteBuilder routes)
    {
        var assignments = routes.MapGroup("/v1/tenants/{tenant}/roles/{role}/assignments").WithTags("Assignments").InExercises();
        string[] readers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor, Function.AppOwner, Function.Approver, Function.PlatformAdmin];
        assignments
            .MapGet("", ListAsync)
            .WithName("ListAssignments")
            .WithSummary("Who holds the role; of a sensitive role others than role-admin and DPO see how many.")
            .Produces<AssignmentPage>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        assignments
            .MapGet("{subject}", ReadAsync)
            .WithName("GetAssignment")
            .WithSummary("All windows and sources of one person's assignment.")
            .Produces<AssignmentView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        assignments
            .MapPut("{subject}", WriteAsync)
            .WithName("PutAssignment")
            .WithSummary("Sets the administrator's window: at once for an unrestricted role, else a change.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        assignments
            .MapDelete("{subject}", EndAsync)
            .WithName("DeleteAssignment")
            .WithSummary("Ends the assignment from every source and lists what ended.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        routes
            .MapGet("/v1/tenants/{tenant}/subjects/{subject}/assignments", OfSubjectAsync)
            .WithTags("Assignments")
            .WithName("ListAssignmentsOfSubject")
            .WithSummary("The roles that one person holds now or later, as far as the reader may know.")
            .Produces<Page<AssignmentView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor, Function.PlatformAdmin)
            .InExercises();
    }

    private static async Task<IResult> ListAsync(NameId tenant, NameId role, Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var now = clock.Now();
        if (await db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant.Value && r.Id == role.Value && !r.Deleted) is not { } policy)
        {
            return Problems.NotFound();
        }
        var count = await Seats.HoldersAsync(db, tenant.Value, role.Value, butNot: null, now);
        if (!await NeedsToKnowAsync(db, caller, policy, clock))
        {
            return TypedResults.Ok(new AssignmentPage([], null, policy.Sensitive && count < CountFloor ? null : count));
        }
        var after = page.AfterNumber ?? 0;
        var held = db.Assignments.Unended(now).Where(a => a.Tenant == tenant.Value && a.Role == role.Value).Select(a => a.SubjectKey);
        var holders = await db.Subjects.AsNoTracking().Where(s => s.Key > after && held.Contains(s.Key)).OrderBy(s => s.Key).Take(page.Limit + 1).ToListAsync();
        var keys = holders.ConvertAll(s => s.Key);
        var rows = (
            await db.Assignments.AsNoTracking().Where(a => a.Tenant == tenant.Value && a.Role == role.Value && keys.Contains(a.SubjectKey)).ToListAsync()
        ).ToLookup(a => a.SubjectKey);
        var shown = page.Of(holders, s => s.Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new AssignmentPage([.. shown.Items.Select(s => AssignmentView.Of(role.Value, s, rows[s.Key], now))], shown.NextCursor, count));
    }

    private static async Task<IResult> ReadAsync(
        NameId tenant,
        NameId role,
        OpaqueId subject,
        HttpContext context,
        Caller caller,
        EntitlementsDb db,
        TimeProvider clock,
        string? issuer
    )
    {
        var policy = await db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant.Value && r.Id == role.Value && !r.Deleted);
        var holder = policy is null ? null : await Subjects.FindHolderAsync(db, tenant.Value, issuer, subject.Value, clock.Now());
        if (holder is null || !await NeedsToKnowAsync(db, caller, policy!, clock))
        {
            return Problems.NotFound();
        }
        var rows = await db.Assignments.AsNoTracking().Where(a => a.Tenant == tenant.Value && a.Role == role.Value && a.SubjectKey == holder.Key).ToListAsync();
        return WriteResults.OfResource(context, rows.Count == 0 ? null : AssignmentView.Of(role.Value, holder, rows, clock.Now()), rows.Sum(r => r.Version));
    }

    private static async Task<IResult> OfSubjectAsync(NameId tenant, OpaqueId subject, Caller caller, EntitlementsDb db, TimeProvider clock, string? issuer)
    {
        var now = clock.Now();
        if (
            !await SubjectEndpoints.MayReadAsync(db, caller, tenant.Value, clock)
            || await Subjects.FindHolderAsync(db, tenant.Value, issuer, subject.Value, now) is not { } holder
        )
        {
            return Problems.NotFound();
        }
        var rows = (await db.Assignments.Unended(now).AsNoTracking().Where(a => a.Tenant == tenant.Value && a.SubjectKey == holder.Key).ToListAsync()).ToLookup(
            a => a.Role
        );
        var ids = rows.Select(r => r.Key).ToList();
        List<AssignmentView> known = [];
        foreach (
            var role in await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant.Value && !r.Deleted && ids.Contains(r.Id)).OrderBy(r => r.Id).ToListAsync()
        )
        {
            if (await NeedsToKnowAsync(db, caller, role, clock))
            {
                known.Add(AssignmentView.Of(role.Id, holder, rows[role.Id], now));
            }
        }
        return TypedResults.Ok(new Page<AssignmentView>(known, null));
    }

    private static async Task<IResult> WriteAsync(
        NameId tenant,
        NameId role,
        OpaqueId subject,
        WriteRequest request,
        Body<WindowBody> body,
        ChangeDesk desk,
        string? issuer
    ) =>
        body.Value is { NotBefore: { } from, NotAfter: { } until } && until <= from
            ? Problems.BadRequest(("/not_after", "must come after not_before"))
            : (
                await desk.SubmitAsync(
                    request,
                    new AssignmentAlteration(tenant.Value, role.Value, subject.Value, issuer, body.Value.NotBefore?.Cut(), body.Value.NotAfter?.Cut())
                )
            ).ToResult();

    private static async Task<IResult> EndAsync(NameId tenant, NameId role, OpaqueId subject, WriteRequest request, ChangeDesk desk, string? issuer) =>
        (await desk.SubmitAsync(request, new AssignmentEnd(tenant.Value, role.Value, subject.Value, issuer))).ToResult();

    /// <summary>Names of a sensitive role's holders: role-admin and DPO. Of others: auditors, too. Officers' names: platform administrators, while they appoint them.</summary>
    private static async Task<bool> NeedsToKnowAsync(EntitlementsDb db, Caller caller, RoleRow role, TimeProvider clock) =>
        caller.Holds(Function.RoleAdmin, role.Tenant)
        || caller.Holds(Function.DataProtectionOfficer, role.Tenant)
        || (!role.Sensitive && caller.Holds(Function.Auditor, role.Tenant))
        || (role.Administrative && await Officers.MayKeepAsync(db, caller, role.Tenant, clock.Now()));

    /// <param name="NotBefore">First instant in force; now where it is left out or past.</param>
    /// <param name="NotAfter">First instant no longer in force; the longest that the role allows where it is left out.</param>
    internal sealed record WindowBody(DateTimeOffset? NotBefore = null, DateTimeOffset? NotAfter = null);

    /// <param name="Count">How many hold the role now or later; null where even that is withheld.</param>
    internal sealed record AssignmentPage(IReadOnlyList<AssignmentView> Items, string? NextCursor, int? Count);

    internal sealed record AssignmentView(string Role, string Subject, string Issuer, IReadOnlyList<WindowView> Windows)
    {
        public static AssignmentView Of(string role, SubjectRow holder, IEnumerable<RoleAssignmentRow> rows, DateTimeOffset now) =>
            new(
                role,
                holder.Id,
                holder.Issuer,
                [
                    .. rows.OrderBy(r => r.NotBefore)
                        .Select(r => new WindowView(
                            r.Source,
                            r.NotBefore,
                            r.NotAfter,
                            r.Suspended,
                            !r.Suspended && r.NotBefore <= now && AssignmentEnds.IsUnended(r, now)
                        )),
                ]
            );
    }

    internal sealed record WindowView(AssignmentSource Source, DateTimeOffset NotBefore, DateTimeOffset? NotAfter, bool Suspended, bool InForce);
}
