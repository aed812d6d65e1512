using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Who looks at the store, and on what.</summary>
/// <param name="Issuer">The subject's provider; null for the tenant's own.</param>
internal sealed record Shopper(string Tenant, string? Issuer, string Subject, string? Device, string? Platform);

/// <summary>What an app is to a person now.</summary>
internal enum Standing
{
    /// <summary>Issuing at this instant succeeds.</summary>
    MayHave,

    /// <summary>Only a role is missing, which somebody may give them.</summary>
    MayRequest,

    /// <summary>Something else stands against it.</summary>
    MayNot,
}

/// <summary>One app as judged for one person.</summary>
internal sealed record Listing(AppRow App, Standing Standing, DenyReasons Reasons, DateTimeOffset Until, Truth Truth);

/// <summary>Judges the apps that are listed to a person, each by the facts and the evaluator that issuing would use.</summary>
internal sealed class ListCatalogue(EntitlementsDb db, FactsReader facts, TimeProvider clock)
{
    /// <summary>Steps that the person takes alone: they do not stand in the way of asking for a role.</summary>
    private static readonly DenyReasons OwnSteps = default(DenyReasons)
        .With(DenyReason.GuidanceNotAccepted).With(DenyReason.DeviceRequired).With(DenyReason.DeviceUnknown).With(DenyReason.DeviceNotTheirs).With(DenyReason.DeviceNotManaged);

    /// <returns>At most <paramref name="most"/> listings after the app <paramref name="after"/>, and the last app looked at where there are more.</returns>
    public async Task<(List<Listing> Listings, string? More)> ListAsync(Shopper shopper, string? after, int most, CancellationToken cancellation)
    {
        if (!await IsKnownAsync(shopper, cancellation))
        {
            return ([], null); // an unknown subject has an empty store, like one of another tenant
        }
        var apps = await db.Apps.AsNoTracking()
            .Where(a => a.Type == Resource.App && a.Visibility != Visibility.ByLink && (after == null || a.Id.CompareTo(after) > 0)
                && (a.Owner == shopper.Tenant || db.Adoptions.Any(o => o.App == a.Id && o.Tenant == shopper.Tenant)))
            .OrderBy(a => a.Id).Take(most + 1).ToListAsync(cancellation);
        var listings = new List<Listing>();
        foreach (var app in apps.Take(most))
        {
            if (await JudgeAsync(shopper, app, cancellation) is { } listing && !listing.Reasons.Contains(DenyReason.NotAvailable))
            {
                listings.Add(listing);
            }
        }
        return (listings, apps.Count > most ? apps[most - 1].Id : null);
    }

    /// <summary>Judges one app; hidden and foreign ones with <see cref="DenyReason.NotAvailable"/> alone.</summary>
    public async Task<Listing> JudgeAsync(Shopper shopper, AppRow app, CancellationToken cancellation)
    {
        var request = Questions.Download(shopper.Tenant, shopper.Issuer, shopper.Subject, app.Id, shopper.Device, shopper.Platform);
        var truth = await facts.ReadAsync(request, cancellation: cancellation);
        var decision = Evaluator.Evaluate(request, truth.Facts, clock.Now());
        return decision switch
        {
            Decision.Allow => new(app, Standing.MayHave, default, decision.HoldsUntil, truth),
            Decision.Deny { Reasons: var reasons } => new(app, OnlyRoleIsMissing(reasons, truth) ? Standing.MayRequest : Standing.MayNot, reasons, decision.HoldsUntil, truth),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static bool OnlyRoleIsMissing(DenyReasons reasons, Truth truth) =>
        truth.Roles.Count > 0 && reasons.Contains(DenyReason.RoleNotHeld) && (reasons.Bits & ~OwnSteps.Bits) == default(DenyReasons).With(DenyReason.RoleNotHeld).Bits;

    private Task<bool> IsKnownAsync(Shopper shopper, CancellationToken cancellation) =>
        db.Subjects.AnyAsync(
            s => s.Tenant == shopper.Tenant && s.Id == shopper.Subject
                && (shopper.Issuer == null ? db.Tenants.Any(t => t.Id == s.Tenant && t.Issuer == s.Issuer) : s.Issuer == shopper.Issuer),
            cancellation);
}
