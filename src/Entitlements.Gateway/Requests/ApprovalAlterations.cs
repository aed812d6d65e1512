using System.Text.Json;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Says how a role is asked for. Always a change: who may decide on a role decides who may have it. Open requests for the role lose their ground.</summary>
internal sealed record ApprovalAlteration(string Tenant, string Role, ApprovalPolicy Policy) : ApprovalWrite(Tenant, Role)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var role = await scope.Db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted);
        if (role is null)
        {
            return Weight.NotFound;
        }
        var row = await FindAsync(scope);
        if (row is { Deleted: false } && row.Policy == StoredJson.Write(Policy))
        {
            return new(Reach.Unchanged, row.Version);
        }
        var before = row is { Deleted: false } ? ApprovalPolicies.Read(row.Policy)?.Accreditations : null;
        if (await KnownAccreditations.ObjectionAsync(scope.Db, Tenant, Policy.Accreditations, before) is { } unknown)
        {
            return new(Reach.Unchanged, 0) { Refusal = unknown };
        }
        var named = Policy.Named.Where(a => a.Kind == ApproverKind.Subject).Select(a => a.Id).ToList();
        var reached = await Reached.ByAsync(scope.Db, Tenant, [Role]);
        return await FaultAsync(scope, role)
            ?? new(Reach.Widens, row?.Version ?? 0)
            {
                Versioned = row is { Deleted: false },
                Apps = reached.Apps,
                HighRisk = reached.HighRisk,
                Named = await scope
                    .Db.Subjects.Where(s => s.Tenant == Tenant && named.Contains(s.Id) && s.Person != null)
                    .Select(s => s.Person!)
                    .Distinct()
                    .ToListAsync(),
            };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var json = StoredJson.Write(Policy);
        if (await FindAsync(scope) is { } row)
        {
            (row.Policy, row.Deleted) = (json, false);
            row.Version++;
        }
        else
        {
            scope.Db.ApprovalPolicies.Add(
                new()
                {
                    Tenant = Tenant,
                    Role = Role,
                    Policy = json,
                }
            );
        }
        return null;
    }

    /// <summary>Refused here rather than found out by who asks: groups that do not exist, and quorums that nobody could reach.</summary>
    private async Task<Weight?> FaultAsync(WriteScope scope, RoleRow role)
    {
        TimeSpan[] grants = [Policy.LongestGrant, Policy.Urgent?.LongestGrant ?? default, Policy.BreakGlass?.LongestGrant ?? default];
        if (grants.Any(g => g > role.LongestAssignment))
        {
            return Weight.Refused("longest_assignment", "longest_grant is longer than the role's longest assignment.");
        }
        var all = Policy.Named.ToList();
        var roles = all.Where(a => a.Kind == ApproverKind.Role).Select(a => a.Id).Concat(Policy.BreakGlass?.Roles ?? []).Distinct().ToList();
        var people = all.Where(a => a.Kind == ApproverKind.Subject).Select(a => a.Id).Distinct().ToList();
        var home = await scope.Db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        var knownRoles = await scope.Db.Roles.CountAsync(r => r.Tenant == Tenant && roles.Contains(r.Id) && !r.Deleted);
        var knownPeople = await scope.Db.Subjects.CountAsync(s => s.Tenant == Tenant && s.Issuer == home && people.Contains(s.Id) && s.Person != null);
        if (knownRoles < roles.Count || knownPeople < people.Count)
        {
            return Weight.Refused("approver_unknown", "A group names a role, or a person with an employee number, that this tenant does not have.");
        }
        foreach (var rota in all.Where(a => a.Kind == ApproverKind.OnDuty).Select(a => a.Id).Append(Policy.Urgent?.Rota).OfType<string>().Distinct())
        {
            if (!await OnDuty.ExistsAsync(scope.Db, Tenant, rota))
            {
                return Weight.Refused("rota_unknown", $"This tenant has no rota {rota}.");
            }
        }
        if (Policy.BreakGlass is { } glass && !await Approvers.AreEnoughAsync(scope.Db, Tenant, new(glass.Reviewers, 1, default), scope.Now))
        {
            return Weight.Refused("quorum_unreachable", "break_glass names fewer than two reviewers, and who breaks the glass may be one.");
        }
        foreach (var (number, stage) in Policy.Stages.Index())
        {
            if (!await Approvers.AreEnoughAsync(scope.Db, Tenant, stage, scope.Now))
            {
                return Weight.Refused(
                    "quorum_unreachable",
                    FormattableString.Invariant($"Stage {number + 1} asks for more votes than people could cast, one of whom may be the requester.")
                );
            }
        }
        return null;
    }
}

/// <summary>From now on nobody can ask for the role.</summary>
internal sealed record ApprovalRemoval(string Tenant, string Role) : ApprovalWrite(Tenant, Role)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { Deleted: false } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Deleted = true;
        row.Version++;
        return null;
    }
}

/// <summary>A write to the approval policy of one role.</summary>
internal abstract record ApprovalWrite(string Tenant, string Role) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/role/{Role}/approval";

    /// <remarks>No decision rests on it, but a denial says whether a request would help.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Consistency.Evidence.Role(Tenant, Role)]);

    public override Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        Task.FromResult<Refusal?>(
            RolesOf.IsReserved(Role)
                ? new("id_reserved", "Administrative roles are not asked for: their holders are appointed by a change.", StatusCodes.Status409Conflict)
                : null
        );

    protected Task<ApprovalPolicyRow?> FindAsync(WriteScope scope) => scope.Db.ApprovalPolicies.SingleOrDefaultAsync(p => p.Tenant == Tenant && p.Role == Role);
}

internal static class ApprovalPolicies
{
    /// <summary>The policy in force for a role; null where it cannot be asked for, or what is stored cannot be read.</summary>
    public static async Task<(ApprovalPolicy Policy, long Version)?> FindAsync(EntitlementsDb db, string tenant, string role) =>
        await db.ApprovalPolicies.AsNoTracking().SingleOrDefaultAsync(p => p.Tenant == tenant && p.Role == role && !p.Deleted) is { } row
        && Read(row.Policy) is { } policy
            ? (policy, row.Version)
            : null;

    /// <summary>Loud when written, closed when read: null for what cannot be read.</summary>
    public static ApprovalPolicy? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ApprovalPolicy>(json, StoredJson.Options) is { Stages.IsDefaultOrEmpty: false } policy ? policy : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
