using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Turns an approved request into an assignment that ends by itself: the only thing that an approval leads to.</summary>
internal static class GrantRole
{
    /// <summary>In the transaction of the deciding vote, under the revision counter. What stands against it was looked at there.</summary>
    /// <exception cref="RefusedException">The last seat was taken.</exception>
    public static async Task GrantAsync(WriteScope scope, AccessRequestRow row, AccessRequest request, string actor)
    {
        var role = await scope.Db.Roles.AsNoTracking().SingleAsync(r => r.Tenant == row.Tenant && r.Id == row.Role);
        var source = row.Urgency == Urgency.Ordinary ? AssignmentSource.Request : AssignmentSource.Emergency;
        var standing = await scope.Db.Assignments.SingleOrDefaultAsync(a =>
            a.Tenant == row.Tenant && a.Role == row.Role && a.SubjectKey == row.SubjectKey && a.Source == source
        );
        var starts = row.AskedFrom is { } booked && booked > scope.Earliest ? booked : scope.Earliest;
        var from = standing is not null && AssignmentEnds.IsUnended(standing, scope.Now) && standing.NotBefore < starts ? standing.NotBefore : starts;
        var until = await EndAsync(scope, row, request.EndOf(starts, row.AskedEnd(starts)), starts + role.LongestAssignment, starts);
        var device = row.Urgency == Urgency.BreakGlass ? row.Device : null;
        if (until <= starts || !await Seats.TakeAsync(scope, row.Tenant, row.Role, row.SubjectKey, standing?.Id, from, until, source, row.Id, device))
        {
            throw new RefusedException(Seats.Reached);
        }
        (row.GrantedFrom, row.GrantedUntil) = (starts, until);
        await Emergencies.SetAsideAsync(scope, row, starts, until);
        var subject = await scope.Db.Subjects.AsNoTracking().SingleAsync(s => s.Key == row.SubjectKey);
        scope.Invalidate(await RolesOf.HoldingScopesAsync(scope.Db, row.Tenant, row.Role, subject.Id));
        await scope.RaiseGuardAsync(row.Tenant);
        scope.Audit(
            "assignment.granted",
            row.Tenant,
            actor,
            $"tenant/{row.Tenant}/role/{row.Role}/assignment/{subject.Id}",
            new
            {
                request = row.Id,
                from,
                until,
                device,
            }
        );
        scope.Tell("access.changed", row.Tenant, new { what = "request", narrows = false });
    }

    /// <summary>The earliest of what was asked and allowed, the role's longest, the end of an accreditation that was asked for, and the review date of a high-risk app's assessment.</summary>
    private static async Task<DateTimeOffset> EndAsync(
        WriteScope scope,
        AccessRequestRow row,
        DateTimeOffset asked,
        DateTimeOffset? longest,
        DateTimeOffset starts
    )
    {
        var cover = (await Outstanding.OfAsync(scope.Db, row, starts)).Accreditations;
        var accredited = cover.Missing.IsEmpty ? cover.Until : starts;
        var review =
            row.ResourceType == Resource.App
            && !row.SetsAside.HasFlag(SetsAside.Assessment)
            && await scope.Db.Apps.AnyAsync(a => a.Type == Resource.App && a.Id == row.Resource && a.HighRisk)
                ? await scope
                    .Db.Assessments.Where(a => a.App == row.Resource && a.Tenant == row.Tenant)
                    .Select(a => (DateTimeOffset?)a.InForceUntil)
                    .SingleOrDefaultAsync()
                : null;
        return new[] { asked, longest, accredited, review }.OfType<DateTimeOffset>().Min();
    }
}
