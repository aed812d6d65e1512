using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>Ends aid at once: a role-admin of either force, or the person handing it back.</summary>
/// <param name="Tenant">The host.</param>
internal sealed record AidEnd(string Tenant, string Home, string Aid) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string? OtherTenant => Home;
    public override string Target => $"tenant/{Tenant}/aid/{Aid}";

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await Lent(scope.Db, scope.Now).AnyAsync() ? new(Reach.Narrows, 0) { Versioned = false } : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor) =>
        new { ended = await AssignmentEnds.EndAllAsync(scope, await Lent(scope.Db, scope.Now).ToListAsync()) };

    public override async Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        caller.Holds(Function.RoleAdmin, Tenant)
        || caller.Holds(Function.RoleAdmin, Home)
        || (caller is Caller.Person { SubjectKey: { } own } && await scope.Db.Aids.AnyAsync(a => a.Id == Aid && a.SubjectKey == own))
            ? null
            : Weight.NotFound.Refusal;

    public override async Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        await (
            from aid in db.Aids
            join subject in db.Subjects on aid.SubjectKey equals subject.Key
            where aid.Id == Aid
            select new { aid.Role, subject.Id }
        ).SingleAsync()
            is { Role: var role, Id: var id }
            ? [Evidence.Person(Tenant, id), .. await RolesOf.HoldingScopesAsync(db, Tenant, role, id)]
            : null;

    private IQueryable<RoleAssignmentRow> Lent(EntitlementsDb db, DateTimeOffset now) => db.Lent(now).Where(a => a.Tenant == Tenant && a.Origin == Aid);
}
