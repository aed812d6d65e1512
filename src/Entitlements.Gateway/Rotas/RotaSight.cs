using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>Which rota a caller means, and what they may see of it.</summary>
internal static class RotaSight
{
    public static string[] Readers { get; } = [Function.RoleAdmin, Function.Approver, Function.DataProtectionOfficer, Function.Auditor];

    /// <summary>The tenant meant: one in which the caller holds a function, else a person's own. Null where it is not clear, or not theirs.</summary>
    public static string? TenantOf(Caller caller, string? asked, params IReadOnlyList<string> functions) =>
        caller.TenantFor(asked, functions) ?? (caller is Caller.Person { Tenant: { } home } && (asked ?? home) == home ? home : null);

    public static IResult NoTenant(Caller caller, string? asked) =>
        asked is null && caller is Caller.Client
            ? Problems.BadRequest("Name the tenant: the caller acts for several.", "tenant_required")
            : Problems.NotFound();

    public static Task<RotaRow?> FindAsync(EntitlementsDb db, string tenant, string rota) =>
        db.Rotas.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == tenant && r.Id == rota && !r.Deleted);

    /// <summary>The tenant's rotas as far as the caller is concerned: all to its officers, else those whose pool they are in.</summary>
    public static Task<List<RotaRow>> ListedAsync(EntitlementsDb db, Caller caller, string tenant, DateTimeOffset now) =>
        (
            caller.TenantsHolding(Readers).Contains(tenant)
                ? db.Rotas.Where(r => r.Tenant == tenant && !r.Deleted)
                : OnDuty.PoolsOf(db, tenant, (caller as Caller.Person)?.SubjectKey ?? 0, now)
        )
            .AsNoTracking()
            .ToListAsync();

    /// <summary>True where people of the rota may be named to the caller: a sensitive pool role is need-to-know.</summary>
    public static async Task<bool> MayNameAsync(EntitlementsDb db, Caller caller, RotaRow rota, DateTimeOffset now) =>
        caller.Holds(Function.RoleAdmin, rota.Tenant)
        || caller.Holds(Function.DataProtectionOfficer, rota.Tenant)
        || await IsInPoolAsync(db, caller, rota, now)
        || !await db.Roles.AnyAsync(r => r.Tenant == rota.Tenant && r.Id == rota.Role && r.Sensitive);

    public static async Task<bool> IsInPoolAsync(EntitlementsDb db, Caller caller, RotaRow rota, DateTimeOffset now) =>
        caller is Caller.Person { SubjectKey: { } key } && await OnDuty.InPool(db, rota.Tenant, rota.Id, now).AnyAsync(s => s.Key == key);
}
