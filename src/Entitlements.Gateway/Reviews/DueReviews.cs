using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Roles that somebody has held for a whole interval without anybody having looked at it.</summary>
internal static class DueReviews
{
    /// <summary>Every restricted role, and every role with a policy, of forces: exercises are over too soon for it; at most <paramref name="most"/>.</summary>
    public static async Task<List<(string Tenant, string Role, ReviewPolicy Policy)>> FindAsync(EntitlementsDb db, DateTimeOffset now, int most)
    {
        var due = new List<(string, string, ReviewPolicy)>();
        var standing = db.ReviewPolicies.AsNoTracking().Where(p => !p.Deleted);
        var withoutPolicy = db.Roles.Where(r => r.Restricted && !standing.Any(p => p.Tenant == r.Tenant && p.Role == r.Id));
        foreach (var role in await Overdue(db, withoutPolicy, ReviewPolicies.Every, now).Take(most).ToListAsync())
        {
            due.Add((role.Tenant, role.Id, ReviewPolicies.Default(role.Tenant)));
        }
        foreach (var every in await standing.Select(p => p.Every).Distinct().ToListAsync())
        {
            var ofEvery = db.Roles.Where(r => standing.Any(p => p.Tenant == r.Tenant && p.Role == r.Id && p.Every == every));
            foreach (var role in await Overdue(db, ofEvery, every, now).Take(most - due.Count).ToListAsync())
            {
                due.Add((role.Tenant, role.Id, await ReviewPolicies.OfAsync(db, role.Tenant, role.Id)));
            }
        }
        return due;
    }

    private static IQueryable<RoleRow> Overdue(EntitlementsDb db, IQueryable<RoleRow> roles, TimeSpan every, DateTimeOffset now)
    {
        var since = now - every;
        return roles
            .AsNoTracking()
            .Where(r =>
                !r.Deleted
                && !db.Tenants.Any(t => t.Id == r.Tenant && t.ExerciseOf != null)
                && !db.Reviews.Any(v =>
                    v.Tenant == r.Tenant
                    && v.Role == r.Id
                    && (v.Cause == ReviewCause.Recurring || v.Cause == ReviewCause.ByHand)
                    && (v.OpenedAt > since || v.ClosedAt == null)
                )
                && db.Assignments.Unended(now)
                    .Any(a =>
                        a.Tenant == r.Tenant
                        && a.Role == r.Id
                        && !a.Suspended
                        && a.NotBefore <= since
                        && db.Subjects.Any(s => s.Key == a.SubjectKey && s.Active)
                    )
            )
            .OrderBy(r => r.Tenant)
            .ThenBy(r => r.Id);
    }
}
