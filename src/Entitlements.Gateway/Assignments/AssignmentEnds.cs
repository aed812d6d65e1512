using Entitlements.Gateway.MutualAid;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>One window that was ended.</summary>
internal sealed record EndedWindow(string Role, AssignmentSource Source, DateTimeOffset NotBefore, DateTimeOffset? NotAfter);

/// <summary>Ends assignments now. What ran keeps its beginning as evidence; what had not begun is gone.</summary>
internal static class AssignmentEnds
{
    /// <returns>What was ended, with the window it had.</returns>
    public static async Task<List<EndedWindow>> EndAllAsync(WriteScope scope, IReadOnlyList<RoleAssignmentRow> rows)
    {
        var ended = new List<EndedWindow>();
        var unended = rows.Where(r => IsUnended(r, scope.Now)).ToList();
        var freed = unended.Where(r => !r.Suspended).Select(Freed.All).ToList();
        foreach (var row in unended)
        {
            ended.Add(new(row.Role, row.Source, row.NotBefore, row.NotAfter));
            if (row.NotBefore >= scope.Now)
            {
                scope.Db.Assignments.Remove(row);
                continue;
            }
            (row.NotAfter, row.Ended) = (scope.Now, true);
            row.Version++;
        }
        await scope.Db.SaveChangesAsync();
        await IncompatibleRoles.HoldBackAsync(scope, freed);
        await AidEnds.FollowAsync(scope, unended);
        return ended;
    }

    /// <summary>Records and tells of assignments whose time is over, each once, and marks them; at most <paramref name="most"/>, the oldest first.</summary>
    /// <returns>How many they were.</returns>
    public static async Task<int> TellAsync(WriteScope scope, int most)
    {
        await scope.AloneAsync("assignment.ends");
        var over = await scope
            .Db.Assignments.AsNoTracking()
            .Where(a => a.NotAfter <= scope.Now && !a.Ended && !a.EndTold)
            .OrderBy(a => a.NotAfter)
            .ThenBy(a => a.Id)
            .Take(most)
            .ToListAsync();
        var ids = over.ConvertAll(a => a.Id);
        await scope.Db.Assignments.Where(a => EF.Parameter(ids).Contains(a.Id)).ExecuteUpdateAsync(set => set.SetProperty(a => a.EndTold, true));
        foreach (var row in over)
        {
            scope.Audit(
                "assignment.expired",
                row.Tenant,
                "machine:entitlements",
                $"assignment/{row.Id}",
                new
                {
                    row.Role,
                    row.NotAfter,
                    request = row.Origin,
                }
            );
            scope.Tell("assignment.expired", row.Tenant, new { assignment = row.Id });
            scope.TellPerson(row.SubjectKey, PersonMessage.Notice, isUrgent: false, FormattableString.Invariant($"assignment/{row.Id}"));
        }
        await AidEnds.TellAsync(scope, over, "time");
        return over.Count;
    }

    /// <summary>Those that are held at <paramref name="now"/> or later. Every query about who holds what begins here.</summary>
    public static IQueryable<RoleAssignmentRow> Unended(this IQueryable<RoleAssignmentRow> rows, DateTimeOffset now) =>
        rows.Where(a => !a.Ended && (a.NotAfter == null || a.NotAfter > now));

    public static bool IsUnended(RoleAssignmentRow row, DateTimeOffset now) => !row.Ended && (row.NotAfter is null || row.NotAfter > now);
}
