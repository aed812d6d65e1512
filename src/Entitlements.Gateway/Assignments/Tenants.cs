using Entitlements.Engine.Changes;
using Entitlements.Engine.Naming;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Creates a tenant with its administrative roles, or renames it; another home issuer widens, as it changes whom ids name.</summary>
internal sealed record TenantAlteration(string Tenant, string Name, string Issuer) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var row = await scope.Db.Tenants.SingleOrDefaultAsync(t => t.Id == Tenant);
        if (row is null && (await IsLookalikeAsync(scope.Db) || await scope.Db.Exercises.AnyAsync(e => e.Id == Tenant)))
        {
            return Weight.Refused("id_taken", "This id, or one that looks like it, is taken.");
        }
        return new(row is not null && row.Issuer != Issuer ? Reach.Widens : Reach.Unchanged, row?.Version ?? 0)
        {
            Quorum = [$"{TenantRow.Platform}/{Function.PlatformAdmin}"],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        if (await scope.Db.Tenants.SingleOrDefaultAsync(t => t.Id == Tenant) is { } row)
        {
            (row.Name, row.Issuer) = (Name, Issuer);
            row.Version++;
            return null;
        }
        scope.Db.Tenants.Add(
            new()
            {
                Id = Tenant,
                Name = Name,
                Issuer = Issuer,
            }
        );
        scope.Db.Roles.AddRange(Function.OfTenant.Select(function => RolesOf.Function(Tenant, function)));
        return null;
    }

    private async Task<bool> IsLookalikeAsync(EntitlementsDb db)
    {
        var skeleton = Lookalikes.SkeletonOfId(Tenant);
        return (await db.Tenants.AsNoTracking().Select(t => t.Id).ToListAsync()).Any(id => Lookalikes.SkeletonOfId(id) == skeleton);
    }
}

/// <summary>The administrative roles that are made with a tenant.</summary>
internal static class RolesOf
{
    public static RoleRow Function(string tenant, string function) =>
        new()
        {
            Tenant = tenant,
            Id = function,
            Name = function,
            Administrative = true,
            Restricted = true,
        };

    /// <summary>Roles of the tenant that may not be held together with <paramref name="role"/>, whichever of the two says so.</summary>
    public static async Task<IReadOnlyList<string>> InConflictAsync(EntitlementsDb db, string tenant, string role)
    {
        var roles = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant).ToListAsync();
        var named = roles.Find(r => r.Id == role)?.IncompatibleWith ?? [];
        return [.. roles.Where(r => r.IncompatibleWith.Contains(role)).Select(r => r.Id).Union(named, StringComparer.Ordinal)];
    }

    /// <summary>The scopes on which an assignment's coming or going may change a decision: whoever holds one of two incompatible roles may lose, or get back, what the other opens.</summary>
    public static async Task<IReadOnlyList<string>> HoldingScopesAsync(EntitlementsDb db, string tenant, string role, string subject) =>
        [.. (await InConflictAsync(db, tenant, role)).Prepend(role).Select(one => Evidence.Holding(tenant, one, subject))];

    /// <summary>True for ids that no role of a tenant's own may have.</summary>
    public static bool IsReserved(string role) => role == Identity.Function.PlatformAdmin || Identity.Function.OfTenant.Contains(role);
}

/// <summary>Makes the reserved tenant <c>platform</c> and its one role where they are missing.</summary>
internal static class PlatformTenant
{
    /// <param name="issuer">Home issuer of platform administrators.</param>
    public static async Task EnsureAsync(Writes writes, EntitlementsDb db, string issuer)
    {
        if (await db.Roles.AnyAsync(r => r.Tenant == TenantRow.Platform && r.Id == Function.PlatformAdmin))
        {
            return;
        }
        await writes.RecordAsync(async scope =>
        {
            await scope.AloneAsync("platform");
            if (await scope.Db.Tenants.AnyAsync(t => t.Id == TenantRow.Platform))
            {
                return false; // another replica that started at the same time was first
            }
            scope.Db.Tenants.Add(
                new()
                {
                    Id = TenantRow.Platform,
                    Name = "Platform",
                    Issuer = issuer,
                }
            );
            scope.Db.Roles.Add(RolesOf.Function(TenantRow.Platform, Function.PlatformAdmin));
            scope.Audit("tenant.put.applied", TenantRow.Platform, new Caller.Machine().Key, $"tenant/{TenantRow.Platform}", new { issuer });
            return true;
        });
    }
}
