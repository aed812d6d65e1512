using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary>Who may look after a tenant's people: its role-admin; platform administrators only until it has officers of its own.</summary>
internal static class Officers
{
    /// <summary>What stands against this caller's writing people of <paramref name="tenant"/>; null when nothing does.</summary>
    public static async Task<Refusal?> ObjectionAsync(EntitlementsDb db, Caller caller, string tenant, DateTimeOffset now) =>
        await MayKeepAsync(db, caller, tenant, now)
            ? null
            : new("tenant_appoints_itself", "This tenant has its own officers now: they look after its people.", StatusCodes.Status403Forbidden);

    /// <summary>True for role-admins there, for platform administrators in <c>platform</c> and, until the tenant's quorum stands, everywhere.</summary>
    public static async Task<bool> MayKeepAsync(EntitlementsDb db, Caller caller, string tenant, DateTimeOffset now) =>
        caller is Caller.Machine
        || caller.Holds(Function.RoleAdmin, tenant)
        || (caller.IsPlatformAdmin && (tenant == TenantRow.Platform || !await Quorum.StandsAsync(db, tenant, now)));

    /// <summary>True when an administrator remains without <paramref name="subjectKey"/>: somebody active whose assignment of the function has no end.</summary>
    public static Task<bool> AnotherHoldsAsync(EntitlementsDb db, string tenant, string role, long subjectKey, DateTimeOffset now) =>
        (
            from assignment in db.Assignments.Unended(now)
            join subject in db.Subjects on assignment.SubjectKey equals subject.Key
            where
                assignment.Tenant == tenant
                && assignment.Role == role
                && assignment.SubjectKey != subjectKey
                && !assignment.Suspended
                && assignment.NotBefore <= now
                && subject.Active
                && !subject.Suspended
            select assignment.Id
        ).AnyAsync();

    /// <summary>The functions without which nobody could appoint anybody.</summary>
    public static bool IsAdministrator(string role) => role is Function.PlatformAdmin or Function.RoleAdmin;

    public static Refusal LastAdministrator { get; } =
        new("last_administrator", "Nobody else holds this administrative role: appoint another person first.", StatusCodes.Status409Conflict);

    /// <summary>Ends the bootstrap administrators of the settings once two different persons hold platform-admin by assignment.</summary>
    public static async Task EndBootstrapAsync(WriteScope scope)
    {
        await scope.Db.SaveChangesAsync();
        var persons = await (
            from assignment in scope.Db.Assignments.Unended(scope.Now)
            join subject in scope.Db.Subjects on assignment.SubjectKey equals subject.Key
            where
                assignment.Tenant == TenantRow.Platform
                && assignment.Role == Function.PlatformAdmin
                && !assignment.Suspended
                && assignment.NotBefore <= scope.Now
                && subject.Active
                && !subject.Suspended
                && subject.Person != null
            select subject.Person
        )
            .Distinct()
            .CountAsync();
        if (persons >= 2)
        {
            await scope.Db.Installation.Where(i => !i.BootstrapEnded).ExecuteUpdateAsync(set => set.SetProperty(i => i.BootstrapEnded, true));
        }
    }
}
