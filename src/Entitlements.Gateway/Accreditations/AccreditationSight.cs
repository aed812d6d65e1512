using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Accreditations;

/// <summary>
/// Which accreditations a caller may read. An accreditation that a sensitive role goes with tells who holds the role, so it is need-to-know like the
/// role itself: role-admin and DPO. Of all others the auditor reads, too. Everybody reads their own.
/// </summary>
/// <param name="Withheld">Accreditations that are not for this caller.</param>
/// <param name="Own">The one person whose they may read; null for everybody's.</param>
internal sealed record AccreditationSight(string Tenant, IReadOnlyList<string> Withheld, long? Own)
{
    public static IReadOnlyList<string> Readers { get; } = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];

    /// <param name="asked">The tenant asked for; null for the only one there is.</param>
    /// <returns>Null where the caller reads nothing there, or where it is not clear where.</returns>
    public static async Task<AccreditationSight?> OfAsync(EntitlementsDb db, Caller caller, string? asked)
    {
        if (caller.TenantFor(asked, Readers) is { } tenant)
        {
            var needsToKnow = caller.Holds(Function.RoleAdmin, tenant) || caller.Holds(Function.DataProtectionOfficer, tenant);
            return new(tenant, needsToKnow ? [] : await SensitiveAsync(db, tenant), null);
        }
        return caller is Caller.Person { Tenant: { } home, SubjectKey: { } key } && (asked ?? home) == home ? new(home, [], key) : null;
    }

    public IQueryable<AccreditationRow> Of(IQueryable<AccreditationRow> rows) =>
        rows.Where(a => a.Tenant == Tenant && !Withheld.Contains(a.Accreditation) && (Own == null || a.SubjectKey == Own));

    /// <summary>Those that a sensitive role asks for, or a rule that names one.</summary>
    private static async Task<List<string>> SensitiveAsync(EntitlementsDb db, string tenant)
    {
        var roles = await db.Roles.AsNoTracking().Where(r => r.Tenant == tenant && r.Sensitive && !r.Deleted).ToListAsync();
        var names = roles.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        var rules = await db.Rules.AsNoTracking().Where(r => r.Tenant == tenant).ToListAsync();
        return
        [
            .. roles.SelectMany(r => r.Accreditations).Concat(rules.Where(r => r.Roles.Exists(names.Contains)).SelectMany(r => r.Accreditations)).Distinct(),
        ];
    }
}
