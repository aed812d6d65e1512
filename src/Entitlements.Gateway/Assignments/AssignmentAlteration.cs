using Entitlements.Engine.Changes;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>
/// Sets the admin-sourced window of one assignment. An unrestricted role takes effect at once; a restricted or administrative one is a
/// change that names the person. Setting it again lifts a suspension of the assignment: always a change.
/// </summary>
/// <param name="NotBefore">Null, or in the past: from now.</param>
/// <param name="NotAfter">Null: the longest that the role allows.</param>
internal sealed record AssignmentAlteration(string Tenant, string Role, string Subject, string? Issuer, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter)
    : AssignmentWrite(Tenant, Role, Subject, Issuer)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await FindAsync(scope) is not { } found)
        {
            return Weight.NotFound;
        }
        var (role, subject, rows) = found;
        var standing = rows.Find(r => r.Source == AssignmentSource.Admin && AssignmentEnds.IsUnended(r, scope.Now));
        var (from, until) = WindowOf(role, standing, scope);
        if (Fault(role, subject, from, until, scope.Now) is { } fault)
        {
            return fault;
        }
        var reach = standing is { Suspended: false }
            ? Widening.OfWindow(new(standing.NotBefore, standing.NotAfter ?? DateTimeOffset.MaxValue), new(from, until ?? DateTimeOffset.MaxValue))
            : Reach.Widens;
        if (reach == Reach.Widens && await StandsAgainstAsync(scope, role, subject, from, until) is { } refusal)
        {
            return refusal;
        }
        if (reach == Reach.Narrows && until is not null && await IsLastAdministratorAsync(scope, subject))
        {
            return Weight.Refused(Officers.LastAdministrator.Code, Officers.LastAdministrator.Detail);
        }
        return await WeightAsync(scope, found, reach, standing is { Suspended: true });
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var (role, subject, rows) = (await FindAsync(scope))!.Value;
        var row = rows.Find(r => r.Source == AssignmentSource.Admin);
        var standing = row is not null && AssignmentEnds.IsUnended(row, scope.Now) ? row : null;
        var (from, until) = WindowOf(role, standing, scope);
        List<Freed> freed = standing is { Suspended: false }
            ? [new(standing, standing.NotBefore, from), new(standing, until ?? DateTimeOffset.MaxValue, standing.NotAfter)]
            : [];
        await scope.Db.SaveChangesAsync();
        if (!await Seats.TakeAsync(scope, Tenant, Role, subject.Key, row?.Id, from, until))
        {
            throw new RefusedException(Seats.Reached);
        }
        await IncompatibleRoles.HoldBackAsync(scope, freed);
        if (Role == Function.PlatformAdmin)
        {
            await Officers.EndBootstrapAsync(scope);
        }
        return null;
    }

    public override async Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller)
    {
        if (await base.ObjectToAsync(scope, caller) is { } refusal)
        {
            return refusal;
        }
        var subject = await Subjects.FindAsync(scope.Db, Tenant, Issuer, Subject);
        var own =
            subject is not null
            && ((caller.HumanId is { } person && person == subject.Person) || (caller is Caller.Person { SubjectKey: { } key } && key == subject.Key));
        return own ? Own : null;
    }

    public static Refusal Own { get; } = new("own_assignment", "Nobody assigns a role to themself: another role-admin does.", StatusCodes.Status403Forbidden);

    private async Task<Weight> WeightAsync(WriteScope scope, AssignmentFound found, Reach reach, bool suspended)
    {
        var (role, subject, rows) = found;
        var reached = await Reached.ByAsync(scope.Db, Tenant, [Role]);
        return new(reach, rows.Sum(r => r.Version))
        {
            Versioned = rows.Any(r => AssignmentEnds.IsUnended(r, scope.Now)),
            Direct = !role.Restricted && !role.Administrative && !suspended && !reached.HighRisk,
            Apps = reached.Apps,
            HighRisk = reached.HighRisk,
            Named = subject.Person is null ? [] : [subject.Person],
            Quorum = role.Administrative ? [await Quorum.ForAppointmentAsync(scope.Db, Tenant, scope.Now)] : [],
        };
    }

    private (DateTimeOffset From, DateTimeOffset? Until) WindowOf(RoleRow role, RoleAssignmentRow? standing, WriteScope scope)
    {
        var earliest = standing is not null && standing.NotBefore < scope.Earliest ? standing.NotBefore : scope.Earliest;
        var from =
            NotBefore is { } given && given > earliest ? given
            : standing is not null && NotBefore is null ? standing.NotBefore
            : earliest;
        return (from, NotAfter ?? from + role.LongestAssignment);
    }

    private static Weight? Fault(RoleRow role, SubjectRow subject, DateTimeOffset from, DateTimeOffset? until, DateTimeOffset now) =>
        (role, subject, until) switch
        {
            (_, { Active: false }, _) => Weight.Refused("subject_inactive", "The account has ended."),
            (_, _, { } end) when end <= now || end <= from => Weight.Refused("window_empty", "not_after must lie in the future and after not_before."),
            ({ LongestAssignment: { } longest }, _, { } end) when end > from + longest => Weight.Refused(
                "longest_assignment",
                "The window is longer than the role allows."
            ),
            _ => null,
        };

    private async Task<Weight?> StandsAgainstAsync(WriteScope scope, RoleRow role, SubjectRow subject, DateTimeOffset from, DateTimeOffset? until)
    {
        if (!await Seats.IsFreeAsync(scope, role, subject.Key))
        {
            return Weight.Refused(Seats.Reached.Code, Seats.Reached.Detail);
        }
        return await IncompatibleRoles.StandAgainstAsync(scope, role, subject.Key, from, until)
            ? Weight.Refused("incompatible_role", "The person holds a role in that time that may not be held together with this one.")
            : null;
    }

    private async Task<bool> IsLastAdministratorAsync(WriteScope scope, SubjectRow subject) =>
        Officers.IsAdministrator(Role) && !await Officers.AnotherHoldsAsync(scope.Db, Tenant, Role, subject.Key, scope.Now);
}

/// <summary>Ends an assignment from every source, at once. Giving up one's own is allowed.</summary>
internal sealed record AssignmentEnd(string Tenant, string Role, string Subject, string? Issuer) : AssignmentWrite(Tenant, Role, Subject, Issuer)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await FindAsync(scope) is not { } found || !found.Rows.Exists(r => AssignmentEnds.IsUnended(r, scope.Now)))
        {
            return Weight.NotFound;
        }
        return Officers.IsAdministrator(Role) && !await Officers.AnotherHoldsAsync(scope.Db, Tenant, Role, found.Subject.Key, scope.Now)
            ? Weight.Refused(Officers.LastAdministrator.Code, Officers.LastAdministrator.Detail)
            : new(Reach.Narrows, found.Rows.Sum(r => r.Version));
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor) =>
        new { ended = await AssignmentEnds.EndAllAsync(scope, (await FindAsync(scope))!.Value.Rows) };

    /// <summary>Also of somebody whom another force lends.</summary>
    protected override Task<SubjectRow?> FindSubjectAsync(WriteScope scope) => Subjects.FindHolderAsync(scope.Db, Tenant, Issuer, Subject, scope.Now);
}

/// <summary>A write to the assignment of one role to one subject.</summary>
/// <param name="Issuer">Null: the tenant's home issuer.</param>
internal abstract record AssignmentWrite(string Tenant, string Role, string Subject, string? Issuer) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/role/{Role}/assignment/{Subject}";

    public override async Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => await RolesOf.HoldingScopesAsync(db, Tenant, Role, Subject);

    /// <summary>Role-admins there; platform administrators appoint officers while the tenant has too few, and never more than officers.</summary>
    public override async Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        await Officers.ObjectionAsync(scope.Db, caller, Tenant, scope.Now)
        ?? (
            caller is Caller.Machine || caller.Holds(Function.RoleAdmin, Tenant) || RolesOf.IsReserved(Role)
                ? null
                : new(
                    "officers_only",
                    "Platform administrators appoint officers; the tenant's role-admin assigns all other roles.",
                    StatusCodes.Status403Forbidden
                )
        );

    public override async Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) =>
        await db.Roles.AnyAsync(r => r.Tenant == Tenant && r.Id == Role && r.Sensitive) ? ["subject", "issuer"] : [];

    protected virtual Task<SubjectRow?> FindSubjectAsync(WriteScope scope) => Subjects.FindAsync(scope.Db, Tenant, Issuer, Subject);

    protected async Task<AssignmentFound?> FindAsync(WriteScope scope)
    {
        var role = await scope.Db.Roles.SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted);
        var subject = await FindSubjectAsync(scope);
        return role is null || subject is null
            ? null
            : new(role, subject, await scope.Db.Assignments.Where(a => a.Tenant == Tenant && a.Role == Role && a.SubjectKey == subject.Key).ToListAsync());
    }
}

/// <summary>A role, a subject and every assignment of the one to the other.</summary>
internal readonly record struct AssignmentFound(RoleRow Role, SubjectRow Subject, List<RoleAssignmentRow> Rows);
