using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.MutualAid;

/// <summary>People of another force whom a tenant knows, because they are lent to it now or later.</summary>
internal static class Guests
{
    /// <summary>Assignments given in mutual aid that have not ended.</summary>
    public static IQueryable<RoleAssignmentRow> Lent(this EntitlementsDb db, DateTimeOffset now) =>
        db.Assignments.Unended(now).Where(a => a.Source == AssignmentSource.MutualAid);

    /// <summary>The tenant's own people, and its guests.</summary>
    public static IQueryable<SubjectRow> KnownIn(this EntitlementsDb db, string tenant, DateTimeOffset now)
    {
        var lent = db.Lent(now).Where(a => a.Tenant == tenant);
        return db.Subjects.Where(s => s.Tenant == tenant || lent.Any(a => a.SubjectKey == s.Key));
    }
}
