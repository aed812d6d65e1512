using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>The host declares its role equivalent to a role of another force: whoever holds that one may be lent this one. Nobody has more by it yet.</summary>
internal sealed record EquivalentAlteration(string Tenant, string Role, string Home, string HomeRole) : EquivalentWrite(Tenant, Role, Home)
{
    /// <remarks>Whether the other force has such a role is not looked at: its roles are its own to know. If it has none, nobody can be lent.</remarks>
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (!await scope.Db.Roles.AnyAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted))
        {
            return Weight.NotFound;
        }
        if (RolesOf.IsReserved(Role) || RolesOf.IsReserved(HomeRole))
        {
            return Weight.Refused(AidAlteration.Administrative.Code, AidAlteration.Administrative.Detail);
        }
        if (Home == Tenant || !await scope.Db.IsForceAsync(Home) || !await scope.Db.IsForceAsync(Tenant))
        {
            return Weight.Refused("home_unknown", "The path names no other force.");
        }
        var row = await FindAsync(scope);
        return new(row?.HomeRole == HomeRole ? Reach.Unchanged : Reach.Widens, row?.Version ?? 0)
        {
            HighRisk = (await Reached.ByAsync(scope.Db, Tenant, [Role])).HighRisk,
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await FindAsync(scope);
        if (row is null)
        {
            scope.Db.Equivalents.Add(
                new()
                {
                    Tenant = Tenant,
                    Role = Role,
                    Home = Home,
                    HomeRole = HomeRole,
                }
            );
            return null;
        }
        var moved = row.HomeRole != HomeRole;
        row.HomeRole = HomeRole;
        row.Version++;
        return moved ? await EndAsync(scope) : null;
    }
}

/// <summary>Takes the declaration back: what rests on it ends at once.</summary>
internal sealed record EquivalentRemoval(string Tenant, string Role, string Home) : EquivalentWrite(Tenant, Role, Home)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) => await FindAsync(scope) is { } row ? new(Reach.Narrows, row.Version) : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        scope.Db.Equivalents.Remove((await FindAsync(scope))!);
        return await EndAsync(scope);
    }
}

/// <summary>A write to what one role of the host is equivalent to in one other force. Rare: all of the host's decisions are made anew.</summary>
internal abstract record EquivalentWrite(string Tenant, string Role, string Home) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/role/{Role}/equivalent/{Home}";

    protected Task<EquivalentRow?> FindAsync(WriteScope scope) =>
        scope.Db.Equivalents.SingleOrDefaultAsync(e => e.Tenant == Tenant && e.Role == Role && e.Home == Home);

    /// <summary>Ends the aid that rests on it.</summary>
    protected async Task<object?> EndAsync(WriteScope scope)
    {
        var resting = scope.Db.Aids.Where(a => a.Host == Tenant && a.Role == Role && a.Home == Home).Select(a => a.Id);
        var ended = await AssignmentEnds.EndAllAsync(scope, await scope.Db.Lent(scope.Now).Where(a => resting.Contains(a.Origin)).ToListAsync());
        return new { ended = ended.Count };
    }
}
