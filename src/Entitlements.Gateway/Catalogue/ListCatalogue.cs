using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.MutualAid;
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

/// <summary>Judges the apps that are listed to a person, each by the facts and the evaluator that issuing would use; counted as listings.</summary>
internal sealed class ListCatalogue(EntitlementsDb db, Evaluate evaluate, TimeProvider clock)
{
    /// <summary>Steps that are the person's own: they do not stand in the way of asking for a role.</summary>
    private static readonly DenyReasons OwnSteps = default(DenyReasons)
        .With(DenyReason.DeviceNotGranted)
        .With(DenyReason.AccreditationMissing)
        .With(DenyReason.AccreditationLapsed)
        .With(DenyReason.GuidanceNotAccepted)
        .With(DenyReason.DeviceRequired)
        .With(DenyReason.DeviceUnknown)
        .With(DenyReason.DeviceNotTheirs)
        .With(DenyReason.DeviceNotManaged);

    /// <returns>At most <paramref name="most"/> listings after the app <paramref name="after"/>, and the last app looked at where there are more; null when nothing can be decided now.</returns>
    public async Task<(List<Listing> Listings, string? More)?> ListAsync(
        Caller caller,
        Shopper shopper,
        string? after,
        int most,
        CancellationToken cancellation
    )
    {
        if (!await IsKnownAsync(shopper, cancellation))
        {
            return ([], null); // an unknown subject has an empty store, like one of another tenant
        }
        var apps = await db
            .Apps.AsNoTracking()
            .Where(a =>
                a.Type == Resource.App
                && a.Visibility != Visibility.ByLink
                && (after == null || a.Id.CompareTo(after) > 0)
                && (a.Owner == shopper.Tenant || db.Adoptions.Any(o => o.App == a.Id && o.Tenant == shopper.Tenant))
            )
            .OrderBy(a => a.Id)
            .Take(most + 1)
            .ToListAsync(cancellation);
        return await JudgeAsync(caller, shopper, [.. apps.Take(most)]) is { } listings
            ? (listings.FindAll(l => !l.Reasons.Contains(DenyReason.NotAvailable)), apps.Count > most ? apps[most - 1].Id : null)
            : null;
    }

    /// <summary>Judges <paramref name="apps"/> in their order, hidden and foreign ones with <see cref="DenyReason.NotAvailable"/> alone; null when nothing can be decided now.</summary>
    public async Task<List<Listing>?> JudgeAsync(Caller caller, Shopper shopper, IReadOnlyList<AppRow> apps)
    {
        var questions = apps.Select(app => new Question.Asked(
                Questions.Download(shopper.Tenant, shopper.Issuer, shopper.Subject, app.Id, shopper.Device, shopper.Platform),
                MayAsk: true,
                Purpose.Listing
            ))
            .ToList();
        return await evaluate.RunAsync(caller, questions, EvaluationsSemantic.ExecuteAll) is EvaluationOutcome.Decided decided
            ? [.. apps.Zip(decided.Evaluations.Cast<Evaluation.Judged>(), ToListing)]
            : null;
    }

    private static Listing ToListing(AppRow app, Evaluation.Judged judged) =>
        judged switch
        {
            { Decision: Decision.Allow allow } => new(app, Standing.MayHave, default, allow.HoldsUntil, judged.Truth),
            { Decision: Decision.Deny deny } => new(
                app,
                OnlyRoleIsMissing(deny.Reasons, judged.Truth) ? Standing.MayRequest : Standing.MayNot,
                deny.Reasons,
                deny.HoldsUntil,
                judged.Truth
            ),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static bool OnlyRoleIsMissing(DenyReasons reasons, Truth truth) =>
        truth.Roles.Count > 0
        && reasons.Contains(DenyReason.RoleNotHeld)
        && (reasons.Bits & ~OwnSteps.Bits) == default(DenyReasons).With(DenyReason.RoleNotHeld).Bits;

    private Task<bool> IsKnownAsync(Shopper shopper, CancellationToken cancellation) =>
        db.KnownIn(shopper.Tenant, clock.Now())
            .AnyAsync(
                s =>
                    s.Id == shopper.Subject
                    && (shopper.Issuer == null ? db.Tenants.Any(t => t.Id == shopper.Tenant && t.Issuer == s.Issuer) : s.Issuer == shopper.Issuer),
                cancellation
            );
}
