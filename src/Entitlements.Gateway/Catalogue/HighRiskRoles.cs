using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A role that a high-risk app's rule names is restricted by force, as long as the rule names it.</summary>
internal static class HighRiskRoles
{
    /// <summary>True when such a rule of <paramref name="tenant"/> names <paramref name="role"/>: it cannot be made unrestricted.</summary>
    public static async Task<bool> AreNamedAsync(EntitlementsDb db, string tenant, string role) =>
        (
            await db
                .Rules.AsNoTracking()
                .Where(r => r.Tenant == tenant && r.Type == Resource.App && db.Apps.Any(a => a.Type == r.Type && a.Id == r.App && a.HighRisk))
                .ToListAsync()
        ).Exists(r => r.Roles.Contains(role));

    /// <summary>Restricts every role that a rule for <paramref name="app"/> names, in every tenant.</summary>
    public static async Task RestrictNamedAsync(WriteScope scope, string app)
    {
        foreach (var rule in await scope.Db.Rules.AsNoTracking().Where(r => r.Type == Resource.App && r.App == app).ToListAsync())
        {
            await RestrictAsync(scope, rule.Tenant, rule.Roles);
        }
    }

    public static async Task RestrictAsync(WriteScope scope, string tenant, IReadOnlyCollection<string> roles)
    {
        foreach (var role in await scope.Db.Roles.Where(r => r.Tenant == tenant && roles.Contains(r.Id) && !r.Restricted).ToListAsync())
        {
            role.Restricted = true;
            role.Version++;
            scope.Audit("role.restricted_by_force", tenant, "machine:entitlements", $"role/{role.Id}");
        }
    }
}
