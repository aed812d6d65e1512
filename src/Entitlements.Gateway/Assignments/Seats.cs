using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>A role's establishment: how many may hold it at once, suspended and booked ones included. The ceiling stands in the assignment's own statement.</summary>
internal static class Seats
{
    public static Refusal Reached { get; } =
        new("establishment_reached", "As many hold this role as its establishment allows; only a change raises it.", StatusCodes.Status409Conflict);

    public static async Task<bool> IsFreeAsync(WriteScope scope, RoleRow role, long subjectKey) =>
        role.Establishment is not { } most || await HoldersAsync(scope.Db, role.Tenant, role.Id, subjectKey, scope.Now) < most;

    /// <summary>People who hold the role now or later.</summary>
    public static Task<int> HoldersAsync(EntitlementsDb db, string tenant, string role, long? butNot, DateTimeOffset now) =>
        db
            .Assignments.Unended(now)
            .Where(a => a.Tenant == tenant && a.Role == role && a.SubjectKey != butNot)
            .Select(a => a.SubjectKey)
            .Distinct()
            .CountAsync();

    /// <summary>Writes the window of one source, new or over the row <paramref name="id"/>, and takes off its suspension, if a seat is free.</summary>
    /// <param name="origin">The request that it comes from; null where an administrator assigned it.</param>
    /// <param name="device">The one device it is for; null: any.</param>
    /// <returns>False when none is: nothing was written.</returns>
    public static async Task<bool> TakeAsync(
        WriteScope scope,
        string tenant,
        string role,
        long subjectKey,
        long? id,
        DateTimeOffset from,
        DateTimeOffset? until,
        AssignmentSource source = AssignmentSource.Admin,
        string? origin = null,
        string? device = null
    )
    {
        var postgres = scope.Db.Database.IsNpgsql();
        var instant = postgres ? "timestamptz" : "integer";
        var window = string.Create(CultureInfo.InvariantCulture, $"cast({{4}} as {instant}), cast({{5}} as {instant})");
        const string Free =
            "(select count(distinct a.subject_key) from role_assignment a where a.tenant = {0} and a.role = {1} and a.subject_key <> {2} and not a.ended and (a.not_after is null or a.not_after > {3}))"
            + " < coalesce((select r.establishment from role r where r.tenant = {0} and r.id = {1}), 2147483647)";
        var statement = id is null
            ? $"insert into role_assignment (tenant, role, subject_key, source, not_before, not_after, suspended, version, origin, device) select {{0}}, {{1}}, {{2}}, {{7}}, {window}, false, 1, cast({{8}} as text), cast({{9}} as text) where {Free}"
            : $"update role_assignment set (not_before, not_after) = ({window}), suspended = false, ended = false, end_told = false, version = version + 1, origin = cast({{8}} as text), device = cast({{9}} as text) where id = {{6}} and {Free}";
        var written = await scope.Db.Database.ExecuteSqlRawAsync(
            statement,
            [
                tenant,
                role,
                subjectKey,
                Instants.ToParameter(scope.Now, postgres),
                Instants.ToParameter(from, postgres),
                until is { } end ? Instants.ToParameter(end, postgres) : null!,
                id ?? 0,
                source.ToString(),
                origin!,
                device!,
            ]
        );
        foreach (var stale in scope.Db.ChangeTracker.Entries<RoleAssignmentRow>().Where(e => e.Entity.Id == id).ToList())
        {
            await stale.ReloadAsync();
        }
        return written == 1;
    }
}
