using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>Whose votes a change needs, as <c>tenant/function</c>: all of them, each by another person.</summary>
internal static class Quorum
{
    /// <summary>
    /// The DPO votes too where a high-risk app gains, or where the change leaves a rule reaching more than a tenth of the tenant's people or
    /// over one and a half times what was last approved. That the count did not move proves nothing: the people may be others.
    /// </summary>
    public static async Task<List<string>> ForAsync(EntitlementsDb db, string tenant, Weight weight, Audience audience)
    {
        var quorum = weight.Quorum.Count > 0 ? weight.Quorum.ToList() : [$"{tenant}/{Function.Approver}"];
        var dpo = $"{tenant}/{Function.DataProtectionOfficer}";
        var approved = await db.Rules.Where(r => r.Tenant == tenant && weight.Apps.Contains(r.App)).MaxAsync(r => (int?)r.ApprovedAudience) ?? 0;
        var wide = audience.After * 2 > approved * 3 || audience.After * 10 > await Exposure.ActivePeopleAsync(db, tenant);
        if ((weight.HighRisk || wide) && !quorum.Contains(dpo))
        {
            quorum.Add(dpo);
        }
        return quorum;
    }

    /// <summary>True once the tenant has a role-admin, two approvers and a DPO, each another person: from then on it appoints its own officers.</summary>
    public static async Task<bool> StandsAsync(EntitlementsDb db, string tenant, DateTimeOffset now)
    {
        var held = await (
            from assignment in db.Assignments.Unended(now)
            join subject in db.Subjects on assignment.SubjectKey equals subject.Key
            where
                assignment.Tenant == tenant
                && !assignment.Suspended
                && assignment.NotBefore <= now
                && subject.Active
                && !subject.Suspended
                && subject.Person != null
                && (assignment.Role == Function.RoleAdmin || assignment.Role == Function.Approver || assignment.Role == Function.DataProtectionOfficer)
            select new { assignment.Role, subject.Person }
        )
            .Distinct()
            .ToListAsync();
        return held.Any(h => h.Role == Function.RoleAdmin)
            && held.Count(h => h.Role == Function.Approver) >= 2
            && held.Any(h => h.Role == Function.DataProtectionOfficer);
    }

    /// <summary>Who votes on an appointment in <paramref name="tenant"/>: its approvers, or the platform's administrators while it has too few officers.</summary>
    public static async Task<string> ForAppointmentAsync(EntitlementsDb db, string tenant, DateTimeOffset now) =>
        tenant != TenantRow.Platform && await StandsAsync(db, tenant, now) ? $"{tenant}/{Function.Approver}" : $"{TenantRow.Platform}/{Function.PlatformAdmin}";
}
