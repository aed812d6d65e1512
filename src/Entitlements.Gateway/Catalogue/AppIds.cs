using System.Collections.Frozen;
using Entitlements.Engine.Naming;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Ids that a new app may not have: another's, a reserved one, or what looks like either. The refusal is one and the same, so that it tells nothing of other tenants.</summary>
internal static class AppIds
{
    private static readonly FrozenSet<string> Reserved = (
        (string[])
            [
                "admin",
                "administrator",
                "all",
                "any",
                "app",
                "apps",
                "entitlements",
                "everyone",
                "gateway",
                "new",
                "nobody",
                "none",
                "null",
                "platform",
                "root",
                "store",
                "support",
                "system",
                "undefined",
                "update",
                "updates",
                "v1",
                .. Identity.Function.OfTenant,
                Identity.Function.PlatformAdmin,
            ]
    )
        .Select(Lookalikes.SkeletonOfId)
        .ToFrozenSet(StringComparer.Ordinal);

    public static Weight Taken { get; } = Weight.Refused("app_id_unavailable", "This id cannot be used for an app of yours: choose another.");

    /// <summary>True when a new app may be made under <paramref name="id"/>. A skeleton without any letter is nobody's.</summary>
    public static async Task<bool> IsFreeAsync(EntitlementsDb db, string type, string id)
    {
        var skeleton = Lookalikes.SkeletonOfId(id);
        return skeleton.Length > 0 && !Reserved.Contains(skeleton) && !await db.Apps.AnyAsync(a => a.Type == type && a.Skeleton == skeleton);
    }
}
