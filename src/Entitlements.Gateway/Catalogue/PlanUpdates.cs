using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>An app that is on a device.</summary>
internal sealed record Installed(string App, string Version);

/// <summary>What to do about it.</summary>
internal enum UpdateAction
{
    /// <summary>Get the version named.</summary>
    Install,

    /// <summary>Take it off.</summary>
    Remove,

    /// <summary>Do nothing.</summary>
    Leave,
}

/// <param name="Version">The version to install; null otherwise.</param>
/// <param name="Reasons">Why; empty where the app may be had.</param>
internal sealed record Update(string App, UpdateAction Action, string? Version, DenyReasons Reasons);

/// <summary>For what is on a device: what to install, remove or leave. Whoever may have an app gets its current release; a recalled one goes; so does a high-risk one whose right has ended.</summary>
internal sealed class PlanUpdates(EntitlementsDb db, ListCatalogue catalogue)
{
    private static readonly DenyReasons Ended = default(DenyReasons)
        .With(DenyReason.SubjectInactive)
        .With(DenyReason.NoRule)
        .With(DenyReason.RoleNotHeld)
        .With(DenyReason.DeviceUnknown)
        .With(DenyReason.DeviceNotTheirs);

    /// <returns>One for each copy, in order; null when nothing can be decided now.</returns>
    public async Task<List<Update>?> PlanAsync(Caller caller, Shopper? shopper, IReadOnlyList<Installed> installed, CancellationToken cancellation)
    {
        var ids = installed.Select(i => i.App).Distinct().ToList();
        var apps = shopper is null
            ? []
            : await db
                .Apps.AsNoTracking()
                .Where(a =>
                    a.Type == Resource.App
                    && ids.Contains(a.Id)
                    && (a.Owner == shopper.Tenant || db.Adoptions.Any(o => o.App == a.Id && o.Tenant == shopper.Tenant))
                )
                .ToListAsync(cancellation);
        if (await JudgeAsync(caller, shopper, apps) is not { } listings)
        {
            return null;
        }
        var byApp = listings.ToDictionary(l => l.App.Id, StringComparer.Ordinal);
        return [.. installed.Select(copy => byApp.TryGetValue(copy.App, out var listing) ? Judge(copy, listing) : Unknown(copy))];
    }

    private async Task<List<Listing>?> JudgeAsync(Caller caller, Shopper? shopper, List<AppRow> apps) =>
        shopper is null ? [] : await catalogue.JudgeAsync(caller, shopper, apps);

    private static Update Judge(Installed copy, Listing listing) =>
        listing switch
        {
            { Standing: Standing.MayHave, Truth.Release: { } release } when release.Version != copy.Version => new(
                copy.App,
                UpdateAction.Install,
                release.Version,
                default
            ),
            { Standing: Standing.MayHave } => new(copy.App, UpdateAction.Leave, null, default),
            _ when listing.Reasons.Contains(DenyReason.NotAvailable) => Unknown(copy),
            _ when listing.Reasons.Contains(DenyReason.AppRecalled) => new(copy.App, UpdateAction.Remove, null, listing.Reasons),
            { App.HighRisk: true } when (listing.Reasons.Bits & Ended.Bits) != 0 => new(copy.App, UpdateAction.Remove, null, listing.Reasons),
            _ => new(copy.App, UpdateAction.Leave, null, listing.Reasons),
        };

    /// <summary>What is not ours is not ours to remove.</summary>
    private static Update Unknown(Installed copy) => new(copy.App, UpdateAction.Leave, null, default(DenyReasons).With(DenyReason.NotAvailable));
}
