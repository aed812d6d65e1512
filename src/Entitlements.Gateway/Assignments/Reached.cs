using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>What roles open: the apps whose rules name them.</summary>
/// <param name="HighRisk">One of the apps is high risk.</param>
internal sealed record Reached(IReadOnlyList<string> Apps, bool HighRisk)
{
    public static async Task<Reached> ByAsync(EntitlementsDb db, string tenant, IReadOnlyCollection<string> roles)
    {
        var rules = (await db.Rules.AsNoTracking().Where(r => r.Tenant == tenant).ToListAsync()).Where(r => r.Roles.Any(roles.Contains)).ToList();
        var apps = rules.Where(r => r.Type == Resource.App).Select(r => r.App).Distinct().ToList();
        return new([.. rules.Select(r => r.App).Distinct()], await db.Apps.AnyAsync(a => a.Type == Resource.App && a.HighRisk && apps.Contains(a.Id)));
    }

    /// <summary>By every role the subject holds now or later: the apps of their own tenant, and high risk as well by what they are lent for elsewhere.</summary>
    public static async Task<Reached> BySubjectAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset now)
    {
        var held = await db.Assignments.Unended(now).Where(a => a.SubjectKey == subject.Key).Select(a => new { a.Tenant, a.Role }).Distinct().ToListAsync();
        var highRisk = false;
        foreach (var elsewhere in held.Where(h => h.Tenant != subject.Tenant).GroupBy(h => h.Tenant, h => h.Role, StringComparer.Ordinal))
        {
            highRisk |= (await ByAsync(db, elsewhere.Key, [.. elsewhere])).HighRisk;
        }
        var own = await ByAsync(db, subject.Tenant, [.. held.Where(h => h.Tenant == subject.Tenant).Select(h => h.Role)]);
        return own with { HighRisk = own.HighRisk || highRisk };
    }
}
