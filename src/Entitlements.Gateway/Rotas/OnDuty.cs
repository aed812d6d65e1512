using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Rotas;

/// <summary>
/// Who is on duty at an instant. Read from the truth each time, for it gives the power to vote: a shift counts only while its person is active, not
/// suspended, has a person on record and holds the rota's pool role.
/// </summary>
internal static class OnDuty
{
    /// <summary>True where the tenant has such a rota.</summary>
    public static Task<bool> ExistsAsync(EntitlementsDb db, string tenant, string rota) =>
        db.Rotas.AnyAsync(r => r.Tenant == tenant && r.Id == rota && !r.Deleted);

    /// <summary>The accounts on duty at <paramref name="at"/>, each once.</summary>
    public static IQueryable<SubjectRow> Of(EntitlementsDb db, string tenant, string rota, DateTimeOffset at)
    {
        var held = Held(db, at).Where(d => d.Tenant == tenant && d.Rota == rota).Select(d => d.SubjectKey);
        return InPool(db, tenant, rota, at).Where(s => held.Contains(s.Key));
    }

    /// <summary>Ids of the rotas of their tenant that the account is on duty for at <paramref name="at"/>.</summary>
    public static Task<List<string>> RotasOfAsync(EntitlementsDb db, SubjectRow subject, DateTimeOffset at) => RotasOf(db, subject, at).ToListAsync();

    /// <summary>The accounts that may be on duty at <paramref name="at"/>: those who hold the pool role then.</summary>
    public static IQueryable<SubjectRow> InPool(EntitlementsDb db, string tenant, string rota, DateTimeOffset at)
    {
        var holders =
            from held in InForce(db, at)
            join registered in db.Rotas on new { held.Tenant, held.Role } equals new { registered.Tenant, registered.Role }
            where registered.Tenant == tenant && registered.Id == rota && !registered.Deleted
            select held.SubjectKey;
        return db.Subjects.Where(s => s.Tenant == tenant && s.Active && !s.Suspended && s.Person != null && holders.Contains(s.Key));
    }

    /// <summary>The tenant's rotas whose pool the account is in at <paramref name="at"/>.</summary>
    public static IQueryable<RotaRow> PoolsOf(EntitlementsDb db, string tenant, long subject, DateTimeOffset at) =>
        from rota in db.Rotas
        where rota.Tenant == tenant && !rota.Deleted
        where InForce(db, at).Any(a => a.SubjectKey == subject && a.Tenant == rota.Tenant && a.Role == rota.Role)
        where db.Subjects.Any(s => s.Key == subject && s.Tenant == rota.Tenant && s.Active && !s.Suspended && s.Person != null)
        select rota;

    private static IQueryable<string> RotasOf(EntitlementsDb db, SubjectRow subject, DateTimeOffset at) =>
        from rota in db.Rotas
        where rota.Tenant == subject.Tenant && !rota.Deleted
        where Held(db, at).Any(d => d.Tenant == rota.Tenant && d.Rota == rota.Id && d.SubjectKey == subject.Key)
        where InForce(db, at).Any(a => a.SubjectKey == subject.Key && a.Tenant == rota.Tenant && a.Role == rota.Role)
        where db.Subjects.Any(s => s.Key == subject.Key && s.Active && !s.Suspended && s.Person != null)
        select rota.Id;

    /// <summary>The shifts that run at <paramref name="at"/>, each with whose it is then: the last who took it over, else whom it was given to.</summary>
    private static IQueryable<Duty> Held(EntitlementsDb db, DateTimeOffset at)
    {
        var earliest = at - ShiftRow.Longest;
        return db
            .RotaShifts.Where(s => !s.Ended && s.NotBefore > earliest && s.NotBefore <= at && s.NotAfter > at)
            .Select(s => new Duty
            {
                Tenant = s.Tenant,
                Rota = s.Rota,
                SubjectKey =
                    db.RotaSwaps.Where(w => w.Shift == s.Id && w.State == SwapState.Accepted && w.NotBefore <= at && w.NotAfter > at)
                        .OrderByDescending(w => w.Taken)
                        .Select(w => (long?)w.TakerKey)
                        .FirstOrDefault()
                    ?? s.SubjectKey,
            });
    }

    private static IQueryable<RoleAssignmentRow> InForce(EntitlementsDb db, DateTimeOffset at) =>
        db.Assignments.Unended(at).Where(a => !a.Suspended && a.NotBefore <= at && db.Roles.Any(r => r.Tenant == a.Tenant && r.Id == a.Role && !r.Deleted));

    private sealed class Duty
    {
        public required string Tenant { get; init; }
        public required string Rota { get; init; }
        public required long SubjectKey { get; init; }
    }
}
