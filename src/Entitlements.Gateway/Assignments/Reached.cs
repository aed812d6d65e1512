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

    /// <summary>By every role the subject holds now or later.</summary>
    public static async Task<Reached> BySubjectAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset now) =>
        await ByAsync(
            db,
            subject.Tenant,
            await db.Assignments.Unended(now).Where(a => a.SubjectKey == subject.Key && a.Tenant == subject.Tenant).Select(a => a.Role).Distinct().ToListAsync()
        );
}
