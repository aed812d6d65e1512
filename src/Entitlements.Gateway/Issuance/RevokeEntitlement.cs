using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>Ends one entitlement, spent or not. When it is in force nothing of it runs any more in any gateway process.</summary>
internal sealed class RevokeEntitlement(Writes writes)
{
    /// <summary>Returns the revision. Doing it again does no harm, and waits again.</summary>
    public Task<Revised<long>> RevokeAsync(EntitlementRow entitlement, Caller caller, string? reason) =>
        writes.ReviseAsync(async scope =>
        {
            await scope
                .Db.Entitlements.Where(e => e.Id == entitlement.Id && e.RevokedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(e => e.RevokedAt, scope.Now));
            scope.Invalidate(Evidence.Entitlement(entitlement.Id));
            await scope.RaiseGuardAsync(entitlement.Tenant);
            scope.Audit(
                "entitlement.revoked",
                entitlement.Tenant,
                caller.Key,
                entitlement.Id,
                new
                {
                    subject = entitlement.SubjectKey,
                    app = entitlement.App,
                    reason,
                }
            );
            scope.Tell("entitlement.revoked", entitlement.Tenant, new { entitlement = entitlement.Id });
            return scope.Revision;
        });
}
