using Entitlements.Engine.Requests;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Who looks after a tenant's apps: its app-owners and data protection officers.</summary>
internal static class AppKeepers
{
    private static readonly Approver[] Functions = [new(ApproverKind.Role, Function.AppOwner), new(ApproverKind.Role, Function.DataProtectionOfficer)];

    /// <summary>The keys of their accounts.</summary>
    public static async Task<List<long>> OfAsync(EntitlementsDb db, string tenant, DateTimeOffset now) =>
        await (await Approvers.AccountsAsync(db, tenant, beneficiary: null, Functions, now)).Select(s => s.Key).ToListAsync();
}
