using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recalls;

/// <summary>Where a bar goes, and whose evidence it is.</summary>
/// <param name="Tenants">Null for every tenant.</param>
internal sealed record BarScope(IReadOnlyList<string>? Tenants, string Evidence);

/// <summary>Who may bar what, where: an officer in their own tenant, the owner's officer wherever the app is, a platform administrator anywhere.</summary>
internal sealed class BarAuthority(EntitlementsDb db)
{
    /// <summary>What stands in <c>tenants</c> for every tenant.</summary>
    public const string Everywhere = "*";

    private static readonly string[] Owner = [Function.AppOwner];
    private static readonly string[] OwnerAndDpo = [Function.AppOwner, Function.DataProtectionOfficer];

    /// <summary>Functions that may place a bar of <paramref name="kind"/>; lifting one is proposed by an app owner.</summary>
    public static IReadOnlyList<string> FunctionsFor(Bars kind) => kind == Bars.Recalled ? OwnerAndDpo : Owner;

    /// <param name="tenants">As asked; null for the caller's own.</param>
    /// <param name="platform">A platform administrator may do this without being of a tenant.</param>
    public async Task<(BarScope? Scope, Refusal? Refusal)> ResolveAsync(
        Caller caller,
        string app,
        IReadOnlyList<string>? tenants,
        IReadOnlyList<string> functions,
        bool platform
    )
    {
        var row = await db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == app);
        var held = caller.TenantsHolding(functions);
        var everywhere = platform && caller.IsPlatformAdmin;
        var concerned = row is null ? [] : await db.TenantsOfAsync(row, held);
        if (row is null || !(everywhere || concerned.Exists(held.Contains)))
        {
            return (null, Weight.NotFound.Refusal);
        }
        everywhere |= held.Contains(row.Owner);
        var own = concerned.FindAll(held.Contains);
        return tenants switch
        {
            null when own is [var only] => (new([only], only), null),
            null when own is [] => (new(null, row.Owner), null), // a platform administrator has no tenant of their own
            null => Refuse("tenants_required", "You act for several tenants: name those that are meant.", StatusCodes.Status400BadRequest),
            [] => Refuse("tenants_required", "Name at least one tenant, or leave tenants out.", StatusCodes.Status400BadRequest),
            [Everywhere] when everywhere => (new(null, row.Owner), null),
            _ when tenants.Contains(Everywhere) => Refuse(
                "not_the_owner",
                "Only the app's owner or a platform administrator acts in every tenant.",
                StatusCodes.Status403Forbidden
            ),
            _ when tenants.All(t => concerned.Contains(t) && (everywhere || held.Contains(t))) => (
                new([.. tenants.Distinct()], held.Contains(row.Owner) || own is [] ? row.Owner : own[0]),
                null
            ),
            _ => (null, Weight.NotFound.Refusal),
        };
    }

    private static (BarScope?, Refusal?) Refuse(string code, string detail, int status) => (null, new(code, detail, status));
}
