using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>What follows in mutual aid when assignments end, by whichever act.</summary>
internal static class AidEnds
{
    /// <summary>Ends aid whose right at home was among <paramref name="ended"/> and has nothing left, so that its seat is free and both forces' evidence tells; and tells of aid that was itself among them.</summary>
    /// <remarks>A decision does not wait for this: it looks at the right at home by itself.</remarks>
    public static async Task FollowAsync(WriteScope scope, IReadOnlyList<RoleAssignmentRow> ended)
    {
        await TellAsync(scope, ended, "ended");
        foreach (var row in ended.Where(row => row.Source != AssignmentSource.MutualAid).DistinctBy(row => (row.SubjectKey, row.Tenant, row.Role)))
        {
            var resting = scope.Db.Aids.Where(a => a.SubjectKey == row.SubjectKey && a.Home == row.Tenant && a.HomeRole == row.Role).Select(a => a.Id);
            var lent = await scope.Db.Lent(scope.Now).Where(a => a.SubjectKey == row.SubjectKey && resting.Contains(a.Origin)).ToListAsync();
            if (lent.Count > 0 && !await HomeRights.Of(scope.Db, row.SubjectKey, row.Tenant, row.Role, scope.Now).AnyAsync())
            {
                await AssignmentEnds.EndAllAsync(scope, lent);
            }
        }
    }

    /// <summary>Tells both forces' evidence that aid is over.</summary>
    public static async Task TellAsync(WriteScope scope, IReadOnlyList<RoleAssignmentRow> over, string because)
    {
        var ids = over.Where(row => row.Source == AssignmentSource.MutualAid).Select(row => row.Origin).ToList();
        if (ids.Count == 0)
        {
            return;
        }
        foreach (var aid in await scope.Db.Aids.AsNoTracking().Where(a => ids.Contains(a.Id)).ToListAsync())
        {
            scope.AuditIn(
                [aid.Host, aid.Home],
                "aid.over",
                "machine:entitlements",
                $"aid/{aid.Id}",
                new
                {
                    because,
                    aid.Host,
                    aid.Role,
                    aid.Home,
                    aid.HomeRole,
                }
            );
        }
    }
}
