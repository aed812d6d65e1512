using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>Aid as either force sees it.</summary>
/// <param name="Host">Where the person helps.</param>
/// <param name="Role">The host's role.</param>
/// <param name="Home">Whose they are.</param>
/// <param name="HomeRole">The right at home on which it rests.</param>
/// <param name="Subject">Null where a role is sensitive and the caller need not know.</param>
/// <param name="Until">First instant no longer in force, as agreed or as it was cut.</param>
internal sealed record AidView(
    string Id,
    string Host,
    string Role,
    string Home,
    string HomeRole,
    string? Subject,
    string? Issuer,
    DateTimeOffset From,
    DateTimeOffset Until,
    string? Reason,
    string? Incident,
    AidState State
);

/// <summary>What has become of aid. Whether the right at home is held at this instant, a decision says.</summary>
internal enum AidState
{
    /// <summary>It has not begun.</summary>
    Booked,
    InForce,
    Suspended,

    /// <summary>Its time is over, or somebody ended it.</summary>
    Ended,
}

/// <summary>Lists aid: to officers of either force theirs, to anybody else their own.</summary>
internal sealed class AidList(EntitlementsDb db, TimeProvider clock)
{
    public static string[] Readers { get; } = [Function.RoleAdmin, Function.Approver, Function.DataProtectionOfficer, Function.Auditor];

    /// <summary>True for who sees more than their own.</summary>
    public static bool MayRead(Caller caller, string tenant) => Readers.Any(function => caller.Holds(function, tenant));

    public async Task<List<AidView>> ReadAsync(Caller caller, string tenant, string? after, int most)
    {
        var reads = MayRead(caller, tenant);
        var own = (caller as Caller.Person)?.SubjectKey;
        var rows = await (
            from aid in db.Aids.AsNoTracking()
            join subject in db.Subjects on aid.SubjectKey equals subject.Key
            join role in db.Roles on new { Tenant = aid.Host, Id = aid.Role } equals new { role.Tenant, role.Id }
            join right in db.Roles on new { Tenant = aid.Home, Id = aid.HomeRole } equals new { right.Tenant, right.Id } into rights
            from right in rights.DefaultIfEmpty()
            join assignment in db.Assignments
                on new
                {
                    Tenant = aid.Host,
                    aid.Role,
                    aid.SubjectKey,
                    Origin = (string?)aid.Id,
                } equals new
                {
                    assignment.Tenant,
                    assignment.Role,
                    assignment.SubjectKey,
                    assignment.Origin,
                }
                into assignments
            from assignment in assignments.DefaultIfEmpty()
            where (aid.Host == tenant || aid.Home == tenant) && (reads || aid.SubjectKey == own) && (after == null || aid.Id.CompareTo(after) > 0)
            orderby aid.Id
            select new
            {
                Aid = aid,
                subject.Id,
                subject.Issuer,
                Assignment = assignment,
                IsSensitive = role.Sensitive || (right != null && right.Sensitive),
            }
        )
            .Take(most)
            .ToListAsync();
        var knowsAll = caller.Holds(Function.RoleAdmin, tenant) || caller.Holds(Function.DataProtectionOfficer, tenant);
        return
        [
            .. rows.Select(row =>
            {
                var isNamed = knowsAll || !row.IsSensitive || row.Aid.SubjectKey == own;
                return new AidView(
                    row.Aid.Id,
                    row.Aid.Host,
                    row.Aid.Role,
                    row.Aid.Home,
                    row.Aid.HomeRole,
                    isNamed ? row.Id : null,
                    isNamed ? row.Issuer : null,
                    row.Aid.NotBefore,
                    row.Assignment?.NotAfter ?? row.Aid.NotAfter,
                    isNamed ? row.Aid.Reason : null,
                    row.Aid.Incident,
                    StateOf(row.Assignment)
                );
            }),
        ];
    }

    private AidState StateOf(RoleAssignmentRow? assignment) =>
        assignment is null || !AssignmentEnds.IsUnended(assignment, clock.Now()) ? AidState.Ended
        : assignment.Suspended ? AidState.Suspended
        : clock.Now() < assignment.NotBefore ? AidState.Booked
        : AidState.InForce;
}
