using System.Text.Json;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reports;

/// <summary>The roles that a person of a tenant held at an instant.</summary>
/// <param name="LeavesOut">Roles of which this reader is not told who holds them are left out, if there were any.</param>
internal sealed record PersonAsOfView(string Subject, string Tenant, DateTimeOffset At, IReadOnlyList<RoleAsOf> Roles, bool LeavesOut);

/// <summary>One role, as the assignment tells it now: whether it was suspended at that instant is not on record.</summary>
/// <param name="Until">First instant no longer held; null: no end is known.</param>
/// <param name="Request">The request it came from; null: none.</param>
/// <param name="Change">The change that gave it, the latest by then; null: none did.</param>
/// <param name="GivenBy">Who gave it at once, without a change, the latest by then; null: nobody did, or it is not on record.</param>
/// <param name="Reason">Theirs.</param>
/// <param name="AlteredSince">Somebody wrote to it after that instant: its window may have been another one then.</param>
internal sealed record RoleAsOf(
    string Role,
    string Name,
    AssignmentSource Source,
    DateTimeOffset From,
    DateTimeOffset? Until,
    string? Request,
    string? Change,
    string? GivenBy,
    string? Reason,
    bool AlteredSince
);

/// <summary>Reads what somebody held from their assignments, which are never removed once they have begun, and from the log who gave it.</summary>
internal sealed class PersonAsOf(EntitlementsDb db)
{
    private static readonly List<string> Given = ["assignment.put.applied", "assignment.granted"];
    private static readonly List<string> Written = [.. Given, "assignment.end.applied"];

    /// <param name="knows">Told who holds a sensitive role.</param>
    public async Task<PersonAsOfView> ReadAsync(SubjectRow subject, DateTimeOffset at, bool knows)
    {
        var held = await (
            from row in db.Assignments
            join role in db.Roles on new { row.Tenant, row.Role } equals new { role.Tenant, Role = role.Id }
            where row.Tenant == subject.Tenant && row.SubjectKey == subject.Key && row.NotBefore <= at && (row.NotAfter == null || row.NotAfter > at)
            where knows || !role.Sensitive
            orderby row.Role, row.NotBefore, row.Id
            select new { Row = row, role.Name }
        )
            .AsNoTracking()
            .ToListAsync();
        List<RoleAsOf> roles = [];
        foreach (var one in held)
        {
            roles.Add(await TellAsync(one.Row, one.Name, subject.Id, at));
        }
        return new(subject.Id, subject.Tenant, at, roles, LeavesOut: !knows);
    }

    private async Task<RoleAsOf> TellAsync(RoleAssignmentRow row, string name, string subject, DateTimeOffset at)
    {
        var target = $"tenant/{row.Tenant}/role/{row.Role}/assignment/{subject}";
        var written = await db.AuditEvents.AsNoTracking().Where(a => a.Target == target && Written.Contains(a.Kind)).OrderByDescending(a => a.At).ToListAsync();
        var changes = await db
            .Changes.AsNoTracking()
            .Where(c => c.Tenant == row.Tenant && c.State == ChangeState.Published && c.Target == target)
            .OrderByDescending(c => c.DecidedAt)
            .ToListAsync();
        var change = changes.Find(c => c.DecidedAt <= at);
        var given = written.Find(a => Given.Contains(a.Kind) && a.At <= at && !(a.At <= change?.DecidedAt));
        return new(
            row.Role,
            name,
            row.Source,
            row.NotBefore,
            row.NotAfter,
            row.Source is AssignmentSource.Request or AssignmentSource.Emergency ? row.Origin : null,
            row.Source == AssignmentSource.Admin && given is null ? change?.Id : null,
            row.Source == AssignmentSource.Admin ? given?.Actor : null,
            row.Source == AssignmentSource.Admin && given is not null ? ReasonIn(given.Details) : null,
            written.Exists(a => a.At > at) || changes.Exists(c => c.DecidedAt > at)
        );
    }

    /// <summary>What an event's details say of why; null: nothing.</summary>
    public static string? ReasonIn(string details) =>
        JsonElement.Parse(details).TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString() : null;
}
