using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Audit;

/// <summary>An event, and how much of it a reader is told.</summary>
internal sealed class SeenEvent
{
    public required AuditEventRow Row { get; init; }

    /// <summary>It may be told whole.</summary>
    public required bool IsTold { get; init; }

    /// <summary>What it is about may be told, even where who and why may not.</summary>
    public required bool IsTargetTold { get; init; }
}

/// <summary>Whose log somebody reads.</summary>
/// <param name="Tenant">Null: the installation's own.</param>
/// <param name="Knows">Told who holds or asks for a sensitive role: its data protection officer alone.</param>
internal sealed record AuditSight(string? Tenant, bool Knows)
{
    /// <summary>Who reads a log at all.</summary>
    public static string[] Readers { get; } = [Function.Auditor, Function.DataProtectionOfficer, Function.PlatformAdmin];

    private static readonly string[] OfTenant = [Function.Auditor, Function.DataProtectionOfficer];

    /// <summary>Null where <paramref name="asked"/> is no log of this caller's, or they would have to say which.</summary>
    /// <remarks>A platform administrator reads the installation's own events and no tenant's; of those that tell of people, neither who nor what.</remarks>
    public static AuditSight? Of(Caller caller, string? asked) =>
        caller.TenantFor(asked, OfTenant) is { } tenant ? new(tenant, caller.Holds(Function.DataProtectionOfficer, tenant))
        : caller.IsPlatformAdmin && (asked == TenantRow.Platform || (asked is null && caller.TenantsHolding(OfTenant).Count == 0)) ? new(null, Knows: false)
        : null;

    /// <summary>Each of <paramref name="rows"/> with what may be told of it.</summary>
    /// <remarks>In the statement, so that a search by name finds nothing that would not be told: what is found would tell it.</remarks>
    public IQueryable<SeenEvent> Over(EntitlementsDb db, IQueryable<AuditEventRow> rows)
    {
        var (knows, open, openChanges, assignmentChanges) = (Knows, AuditKinds.Open, AuditKinds.OpenChanges, AuditKinds.AssignmentChanges);
        var (assignments, nameless) = (AuditKinds.Assignments, AuditKinds.NamelessTargets);
        var sensitive = db.Roles.Where(r => r.Sensitive);
        return rows.Select(a => new SeenEvent
        {
            Row = a,
            IsTold =
                knows
                || open.Contains(a.Kind)
                || (assignments.Contains(a.Kind) && !sensitive.Any(r => a.Target.StartsWith("tenant/" + r.Tenant + "/role/" + r.Id + "/")))
                || (
                    a.Kind.StartsWith(AuditKinds.Changes)
                    && db.Changes.Any(c =>
                        c.Id == a.Target
                        && (
                            openChanges.Contains(c.Kind)
                            || (assignmentChanges.Contains(c.Kind) && !sensitive.Any(r => c.Target.StartsWith("tenant/" + r.Tenant + "/role/" + r.Id + "/")))
                        )
                    )
                )
                || (
                    (a.Kind.StartsWith(AuditKinds.Requests) || a.Kind.StartsWith(AuditKinds.Grants))
                    && db.AccessRequests.Any(q => q.Id == a.Target && !sensitive.Any(r => r.Tenant == q.Tenant && r.Id == q.Role))
                ),
            IsTargetTold =
                nameless.Contains(a.Kind)
                || a.Kind.StartsWith(AuditKinds.Changes)
                || a.Kind.StartsWith(AuditKinds.Requests)
                || a.Kind.StartsWith(AuditKinds.Grants)
                || a.Kind.StartsWith(AuditKinds.Reviews),
        });
    }
}
