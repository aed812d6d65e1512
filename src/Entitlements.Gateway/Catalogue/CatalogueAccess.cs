using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Which apps a caller may know of. What they may not know of does not exist for them.</summary>
internal static class CatalogueAccess
{
    /// <summary>Functions that read the catalogue of their tenant.</summary>
    public static string[] Readers { get; } = [.. Function.OfTenant, Function.PlatformAdmin];

    /// <summary>Functions that read who an app is opened to: rules, assessments. They may meet the names of sensitive roles.</summary>
    public static string[] RuleReaders { get; } = [Function.AppOwner, Function.Approver, Function.DataProtectionOfficer, Function.RoleAdmin, Function.Auditor];

    extension(Caller caller)
    {
        /// <summary>Tenants in which the caller holds one of <paramref name="functions"/> now.</summary>
        public List<string> TenantsHolding(params IReadOnlyList<string> functions) =>
            caller.Functions.Select(f => f.Split('/')).Where(f => functions.Contains(f[1])).Select(f => f[0]).Distinct().ToList();

        /// <summary>The one tenant in which the caller holds one of <paramref name="functions"/>: <paramref name="asked"/> where they hold it there, else their only one; null otherwise.</summary>
        public string? TenantFor(string? asked, params IReadOnlyList<string> functions)
        {
            var held = caller.TenantsHolding(functions);
            return asked is null
                ? held is [var only]
                    ? only
                    : null
                : held.Contains(asked)
                    ? asked
                    : null;
        }
    }

    /// <summary>Apps that the caller's functions let them see: all for platform administrators, else those their tenants own or adopted.</summary>
    public static IQueryable<AppRow> AppsSeenBy(this EntitlementsDb db, Caller caller)
    {
        var tenants = caller.TenantsHolding(Function.OfTenant);
        return caller.IsPlatformAdmin
            ? db.Apps.AsNoTracking()
            : db
                .Apps.AsNoTracking()
                .Where(a => tenants.Contains(a.Owner) || db.Adoptions.Any(o => o.App == a.Id && a.Type == Resource.App && tenants.Contains(o.Tenant)));
    }

    /// <summary>The app, where <paramref name="tenant"/> owns it or adopted it; null otherwise.</summary>
    public static Task<AppRow?> FindAppOfAsync(this EntitlementsDb db, string tenant, string type, string app) =>
        db
            .Apps.AsNoTracking()
            .SingleOrDefaultAsync(a =>
                a.Type == type && a.Id == app && (a.Owner == tenant || (a.Type == Resource.App && db.Adoptions.Any(o => o.App == a.Id && o.Tenant == tenant)))
            );

    /// <summary>The owner of an app and those who adopted it; of exercises those alone that are among <paramref name="own"/>.</summary>
    public static async Task<List<string>> TenantsOfAsync(this EntitlementsDb db, AppRow app, IReadOnlyCollection<string> own) =>
        [
            app.Owner,
            .. await db
                .Adoptions.Where(o =>
                    o.App == app.Id && o.Tenant != app.Owner && (own.Contains(o.Tenant) || !db.Tenants.Any(t => t.Id == o.Tenant && t.ExerciseOf != null))
                )
                .Select(o => o.Tenant)
                .ToListAsync(),
        ];

    /// <summary>True for a tenant that may own or adopt apps.</summary>
    public static Task<bool> IsForceAsync(this EntitlementsDb db, string tenant) =>
        db.Tenants.AnyAsync(t => t.Id == tenant && t.Id != TenantRow.Platform && t.ExerciseOf == null);
}
