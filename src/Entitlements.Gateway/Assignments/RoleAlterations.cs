using Entitlements.Engine.Changes;
using Entitlements.Engine.Naming;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Creates a role or alters its policy. Narrowing acts on every assignment at once; widening never lengthens one.</summary>
internal sealed record RoleAlteration(
    string Tenant,
    string Role,
    string Name,
    int? Establishment,
    TimeSpan? LongestAssignment,
    bool Sensitive,
    bool Restricted,
    IReadOnlyList<string> IncompatibleWith
) : RoleWrite(Tenant, Role)
{
    /// <summary>All of these are needed for the role to confer anything.</summary>
    public IReadOnlyList<string> Accreditations { get; init; } = [];

    protected override IReadOnlyList<string> Conflicting => IncompatibleWith;

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var others = await scope.Db.Roles.AsNoTracking().Where(r => r.Tenant == Tenant && r.Id != Role).ToListAsync();
        if (others.Count == 0)
        {
            return Weight.NotFound; // a tenant has its administrative roles from the start
        }
        if (Looks(others) is { } refusal)
        {
            return refusal;
        }
        if (IncompatibleWith.Except(others.Where(r => !r.Deleted).Select(r => r.Id)).Any())
        {
            return Weight.Refused("role_unknown", "incompatible_with names a role that this tenant does not have.");
        }
        var reached = await Reached.ByAsync(scope.Db, Tenant, [Role]);
        if (reached.HighRisk && !Restricted)
        {
            return Weight.Refused("restricted_by_force", "A high-risk app's rule names this role, so it stays restricted.");
        }
        var row = await FindAsync(scope);
        if (await KnownAccreditations.ObjectionAsync(scope.Db, Tenant, Accreditations, row?.Accreditations) is { } unknown)
        {
            return new(Reach.Unchanged, 0) { Refusal = unknown };
        }
        return row is null || row.Deleted
            ? new(Reach.Unchanged, row?.Version ?? 0) { Versioned = false }
            : new(ReachFrom(row), row.Version) { Apps = reached.Apps, HighRisk = reached.HighRisk };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var apart = await IncompatibleRoles.PairsAsync(scope.Db, Tenant);
        var row = await FindAsync(scope);
        if (row is null)
        {
            row = new RoleRow
            {
                Tenant = Tenant,
                Id = Role,
                Name = Name,
                Version = 0,
            };
            scope.Db.Roles.Add(row);
        }
        (row.Name, row.Establishment, row.LongestAssignment, row.Sensitive, row.Restricted) = (Name, Establishment, LongestAssignment, Sensitive, Restricted);
        (row.IncompatibleWith, row.Accreditations) = ([.. IncompatibleWith], [.. Accreditations]);
        row.Deleted = false;
        row.Version++;
        var (cut, suspended) = await RolePolicyEffects.EnforceAsync(scope, row, apart);
        return cut + suspended > 0 ? new { cut, suspended } : null;
    }

    private Reach ReachFrom(RoleRow row)
    {
        var policy = Widening.OfRolePolicy(
            new(row.Establishment, row.LongestAssignment, row.Restricted, row.IncompatibleWith) { Accreditations = row.Accreditations },
            new(Establishment, LongestAssignment, Restricted, [.. IncompatibleWith]) { Accreditations = Accreditations }
        );
        return row.Sensitive && !Sensitive ? Reach.Widens : policy; // tells who holds it, which a second person decides
    }

    private Weight? Looks(List<RoleRow> others)
    {
        var (id, name) = (Lookalikes.SkeletonOfId(Role), Lookalikes.SkeletonOfName(Name));
        return others.Any(r => Lookalikes.SkeletonOfId(r.Id) == id || (!r.Deleted && Lookalikes.SkeletonOfName(r.Name) == name))
            ? Weight.Refused("id_taken", "This id or name, or one that looks like it, is taken.")
            : null;
    }
}

/// <summary>Ends a role: nobody holds it any more.</summary>
internal sealed record RoleRemoval(string Tenant, string Role) : RoleWrite(Tenant, Role)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { Deleted: false } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Deleted = true;
        row.Version++;
        await scope.Db.Equivalents.Where(e => e.Tenant == Tenant && e.Role == Role).ExecuteDeleteAsync(); // a new role of that name is equivalent to nothing
        var ended = await AssignmentEnds.EndAllAsync(scope, await scope.Db.Assignments.Where(a => a.Tenant == Tenant && a.Role == Role).ToListAsync());
        return new { ended = ended.Count };
    }
}

/// <summary>A write to one role of a tenant's own; the administrative ones are made with the tenant and stay as they are.</summary>
internal abstract record RoleWrite(string Tenant, string Role) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/role/{Role}";

    /// <remarks>A narrower policy also suspends assignments of the roles that it makes incompatible.</remarks>
    public override async Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        [.. (await RolesOf.InConflictAsync(db, Tenant, Role)).Concat(Conflicting).Prepend(Role).Distinct().Select(role => Evidence.Role(Tenant, role))];

    /// <summary>Roles that it makes incompatible.</summary>
    protected virtual IReadOnlyList<string> Conflicting => [];

    public override Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        Task.FromResult<Refusal?>(
            RolesOf.IsReserved(Role)
                ? new("id_reserved", "Administrative roles are made with their tenant and cannot be altered.", StatusCodes.Status409Conflict)
            : Tenant == TenantRow.Platform ? new("id_reserved", "The reserved tenant has no roles of its own.", StatusCodes.Status409Conflict)
            : null
        );

    protected Task<RoleRow?> FindAsync(WriteScope scope) => scope.Db.Roles.SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Role);
}

/// <summary>What a narrower policy does to the assignments that stand.</summary>
internal static class RolePolicyEffects
{
    /// <param name="apart">Roles that may not be held together, as it was before.</param>
    /// <returns>How many ends were cut to the cap, and how many assignments a new incompatibility suspended.</returns>
    public static async Task<(int Cut, int Suspended)> EnforceAsync(WriteScope scope, RoleRow role, HashSet<(string One, string Other)> apart)
    {
        await scope.Db.SaveChangesAsync();
        var cut = role.LongestAssignment is { } longest ? await CutAsync(scope, role, longest) : [];
        var freed = cut.FindAll(c => !c.Row.Suspended);
        var suspended = role.IncompatibleWith.Count > 0 ? await SuspendYoungerAsync(scope, role) : [];
        await scope.Db.SaveChangesAsync();
        apart.IntersectWith(await IncompatibleRoles.PairsAsync(scope.Db, role.Tenant)); // what this lifts is lifted, what it brings stood in nobody's way
        await IncompatibleRoles.HoldBackAsync(scope, [.. freed, .. suspended.Select(Freed.All)], apart);
        return (cut.Count, suspended.Count);
    }

    /// <returns>The time that was cut off.</returns>
    private static async Task<List<Freed>> CutAsync(WriteScope scope, RoleRow role, TimeSpan longest)
    {
        var cut = new List<Freed>();
        foreach (var row in await UnendedAsync(scope, role.Tenant, [role.Id]))
        {
            if (row.NotAfter is null || row.NotAfter > row.NotBefore + longest)
            {
                var until = row.NotAfter;
                row.Ended = row.NotBefore + longest <= scope.Now;
                row.NotAfter = row.Ended ? scope.Now : row.NotBefore + longest;
                row.Version++;
                cut.Add(new(row, row.NotAfter.Value, until));
            }
        }
        return cut;
    }

    /// <summary>Of two assignments that may not stand together the younger is suspended; giving it back is a change.</summary>
    private static async Task<List<RoleAssignmentRow>> SuspendYoungerAsync(WriteScope scope, RoleRow role)
    {
        var suspended = new List<RoleAssignmentRow>();
        var rows = await UnendedAsync(scope, role.Tenant, [role.Id, .. role.IncompatibleWith]);
        foreach (var ofOne in rows.GroupBy(r => r.SubjectKey))
        {
            foreach (var held in ofOne.Where(r => r.Role == role.Id))
            {
                foreach (var other in ofOne.Where(r => r.Role != role.Id && !r.Suspended && !held.Suspended && Windows.Overlap(r, held)))
                {
                    var younger = (held.NotBefore, held.Id).CompareTo((other.NotBefore, other.Id)) > 0 ? held : other;
                    await IncompatibleRoles.SuspendAsync(scope, younger);
                    suspended.Add(younger);
                }
            }
        }
        return suspended;
    }

    private static Task<List<RoleAssignmentRow>> UnendedAsync(WriteScope scope, string tenant, IReadOnlyCollection<string> roles) =>
        scope.Db.Assignments.Unended(scope.Now).Where(a => a.Tenant == tenant && roles.Contains(a.Role)).OrderBy(a => a.Id).ToListAsync();
}

/// <summary>Half-open windows, the end null where it is open.</summary>
internal static class Windows
{
    public static bool Overlap(RoleAssignmentRow one, RoleAssignmentRow other) => Overlap(one.NotBefore, one.NotAfter, other.NotBefore, other.NotAfter);

    public static bool Overlap(DateTimeOffset oneFrom, DateTimeOffset? oneUntil, DateTimeOffset otherFrom, DateTimeOffset? otherUntil) =>
        (oneUntil is null || otherFrom < oneUntil) && (otherUntil is null || oneFrom < otherUntil);
}
