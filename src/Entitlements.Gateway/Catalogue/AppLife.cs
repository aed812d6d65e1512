using System.Text.Json.Serialization;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Where an app is in its life in one tenant. No row says so: it is what its bars, releases, assessment and rules come to.</summary>
internal enum AppState
{
    /// <summary>Nobody could have it, and nothing of it is being decided on.</summary>
    Draft,

    /// <summary>An assessment waits for its votes.</summary>
    [JsonStringEnumMemberName("in-assessment")]
    InAssessment,

    /// <summary>Its assessment is in force, and something else is still missing.</summary>
    Approved,

    /// <summary>There is a release to be had, a rule opens it to some role, and it is assessed where it must be.</summary>
    Live,
    Suspended,
    Withdrawn,
    Recalled,
}

/// <summary>What an app needs before anybody could have it.</summary>
internal enum AppNeed
{
    /// <summary>An assessment in force: it is high risk.</summary>
    Assessment,

    /// <summary>A published release that is neither barred nor held.</summary>
    Release,

    /// <summary>A rule in force that names a role.</summary>
    Rule,
}

/// <summary>An app's place in its life in a tenant.</summary>
/// <param name="Missing">What it would need to be live, whatever bars it.</param>
/// <param name="ObservedUntil">The store does not enforce yet what it is answered, and is to by then; null: it does.</param>
internal sealed record AppLife(string App, string Tenant, AppState State, IReadOnlyList<AppNeed> Missing, DateTimeOffset? ObservedUntil)
{
    public static async Task<AppLife> OfAsync(EntitlementsDb db, AppRow app, string tenant, DateTimeOffset now)
    {
        var grounds = await AppGrounds.OfAsync(db, tenant, app.Id, now);
        var rules = await db.Rules.AsNoTracking().Where(r => r.Tenant == tenant && r.Type == Resource.App && r.App == app.Id).ToListAsync();
        List<AppNeed> missing = [];
        if (!grounds.IsAssessed)
        {
            missing.Add(AppNeed.Assessment);
        }
        if (!grounds.HasRelease)
        {
            missing.Add(AppNeed.Release);
        }
        if (!rules.Exists(r => r.Roles.Count > 0 && !(r.InForceUntil <= now)))
        {
            missing.Add(AppNeed.Rule);
        }
        var observedUntil = await db
            .Observations.Where(o => o.App == app.Id && o.Tenant == tenant && o.EndedAt == null)
            .Select(o => (DateTimeOffset?)o.Until)
            .SingleOrDefaultAsync();
        return new(app.Id, tenant, await StateAsync(db, app, tenant, grounds, missing, now), missing, observedUntil);
    }

    private static async Task<AppState> StateAsync(EntitlementsDb db, AppRow app, string tenant, AppGrounds grounds, List<AppNeed> missing, DateTimeOffset now)
    {
        if (grounds.Bars != Bars.None || missing.Count == 0)
        {
            return grounds.Bars switch
            {
                Bars.None => AppState.Live,
                var bars when bars.HasFlag(Bars.Recalled) => AppState.Recalled,
                var bars when bars.HasFlag(Bars.Withdrawn) => AppState.Withdrawn,
                _ => AppState.Suspended,
            };
        }
        var target = SetAssessment.TargetOf(app.Id, tenant);
        return await db.Changes.AnyAsync(c => c.Target == target && c.State == ChangeState.Proposed && c.ExpiresAt > now) ? AppState.InAssessment
            : await db.Assessments.AnyAsync(a => a.App == app.Id && a.Tenant == tenant && a.Outcome == AssessmentOutcome.Approved && a.InForceUntil > now)
                ? AppState.Approved
            : AppState.Draft;
    }
}

/// <summary>On what grounds an app could be had at all in a tenant.</summary>
/// <param name="Bars">Those on the app itself; they add up.</param>
/// <param name="HasRelease">One is published, not barred, and not held.</param>
/// <param name="IsAssessed">Its assessment is in force, or it needs none.</param>
internal sealed record AppGrounds(Bars Bars, bool HasRelease, bool IsAssessed)
{
    public bool AreLive => Bars == Bars.None && HasRelease && IsAssessed;

    public static async Task<AppGrounds> OfAsync(EntitlementsDb db, string tenant, string id, DateTimeOffset now)
    {
        var bars = await db
            .Bars.Where(b => b.App == id && b.Release == null && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant))
            .Select(b => b.Kind)
            .ToListAsync();
        var published = await db
            .Releases.AsNoTracking()
            .Where(r =>
                r.App == id && r.PublishedAt != null && !db.Bars.Any(b => b.Release == r.Key && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant))
            )
            .ToListAsync();
        var highRisk = await db.Apps.AnyAsync(a => a.Type == Resource.App && a.Id == id && a.HighRisk);
        var assessment = await HeldReleases.Covering(db).SingleOrDefaultAsync(a => a.App == id && a.Tenant == tenant);
        return new(
            bars.Aggregate(Bars.None, (all, bar) => all | bar),
            published.Exists(r => Coverage.Missing(r.Capabilities, assessment?.Covers ?? [], highRisk).IsEmpty),
            !highRisk || assessment?.InForceUntil > now
        );
    }
}
