using Entitlements.Gateway.Storage;

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
        foreach (var row in rows.Where(r => IsUnended(r, scope.Now)))
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
        return ended;
    }

    /// <summary>Those that are held at <paramref name="now"/> or later. Every query about who holds what begins here.</summary>
    public static IQueryable<RoleAssignmentRow> Unended(this IQueryable<RoleAssignmentRow> rows, DateTimeOffset now) =>
        rows.Where(a => !a.Ended && (a.NotAfter == null || a.NotAfter > now));

    public static bool IsUnended(RoleAssignmentRow row, DateTimeOffset now) => !row.Ended && (row.NotAfter is null || row.NotAfter > now);
}
