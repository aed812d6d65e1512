using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reports;

/// <summary>An app as a tenant had it at an instant, by what was written down then.</summary>
/// <param name="Change">The change by whose publication it stood so; null: nothing had been published.</param>
/// <param name="PublishedAt">When that was.</param>
/// <param name="Stands">As it was published; null: nothing had been.</param>
/// <param name="RulesLapsed">Actions whose rule had lapsed by then.</param>
/// <param name="AssessmentLapsed">The review date of the assessment was over by then.</param>
/// <param name="Bars">What stood against it then, on the app or on a release, whatever was published.</param>
/// <param name="Since">What one person narrowed at once after the publication and by then, the oldest first: how the app stood with that, each of them says.</param>
internal sealed record AppAsOfView(
    string App,
    string Name,
    string Tenant,
    DateTimeOffset At,
    string? Change,
    DateTimeOffset? PublishedAt,
    AppAsPublished? Stands,
    IReadOnlyList<string> RulesLapsed,
    bool AssessmentLapsed,
    IReadOnlyList<BarAsOf> Bars,
    IReadOnlyList<NarrowedSince> Since
);

/// <param name="Release">Version and platform; null: the whole app.</param>
/// <param name="Until">When it was lifted; null: it stands.</param>
internal sealed record BarAsOf(Bars Kind, string? Release, DateTimeOffset From, DateTimeOffset? Until, string Reason, string By);

/// <param name="Kind">As the log names it, for instance <c>rule.applied</c>.</param>
internal sealed record NarrowedSince(string Kind, DateTimeOffset At, string Actor, string? Reason);

/// <summary>Reads how an app stood, from its publications, its bars and the log. Nothing is worked out backwards from how it stands now.</summary>
internal sealed class AppAsOf(EntitlementsDb db)
{
    /// <summary>What narrows an app without a publication.</summary>
    private static readonly List<string> Narrowing = ["app.applied", "rule.applied", "rule_end.applied", "assessment.applied", "guidance.applied"];

    public async Task<AppAsOfView> ReadAsync(AppRow app, string tenant, DateTimeOffset at)
    {
        var publication = await (
            from published in db.Publications
            join change in db.Changes on published.Change equals change.Id
            where published.App == app.Id && published.Tenant == tenant && published.At <= at
            orderby published.At descending, change.Revision descending // of two in one instant the later
            select published
        )
            .AsNoTracking()
            .FirstOrDefaultAsync();
        var stands = publication?.ReadContent();
        return new(
            app.Id,
            app.Name,
            tenant,
            at,
            publication?.Change,
            publication?.At,
            stands,
            [.. stands?.Rules.Where(r => r.InForceUntil <= at).Select(r => r.Action) ?? []],
            stands?.Assessment?.InForceUntil <= at,
            await BarsAsync(app.Id, tenant, at),
            publication is null ? [] : await SinceAsync(app.Id, tenant, publication.At, at, stands!)
        );
    }

    private async Task<List<BarAsOf>> BarsAsync(string app, string tenant, DateTimeOffset at)
    {
        var bars = await (
            from bar in db.Bars
            join release in db.Releases on bar.Release equals release.Key into releases
            from release in releases.DefaultIfEmpty()
            where bar.App == app && (bar.Tenant == null || bar.Tenant == tenant) && bar.At <= at && (bar.LiftedAt == null || bar.LiftedAt > at)
            orderby bar.At, bar.Id
            select new { Bar = bar, Release = release == null ? null : release.ReleaseVersion + " " + release.Platform }
        )
            .AsNoTracking()
            .ToListAsync();
        return bars.ConvertAll(b => new BarAsOf(b.Bar.Kind, b.Release, b.Bar.At, b.Bar.LiftedAt, b.Bar.Reason, b.Bar.By));
    }

    private async Task<List<NarrowedSince>> SinceAsync(string app, string tenant, DateTimeOffset published, DateTimeOffset at, AppAsPublished stands)
    {
        List<string> targets =
        [
            $"app/{app}",
            $"app/{app}/guidance/{tenant}",
            SetAssessment.TargetOf(app, tenant),
            .. stands.Rules.Select(r => $"app/{app}/rule/{tenant}/{r.Action}"),
        ];
        var events = await db
            .AuditEvents.AsNoTracking()
            .Where(a => a.Tenant == tenant && a.At > published && a.At <= at && Narrowing.Contains(a.Kind) && EF.Parameter(targets).Contains(a.Target))
            .OrderBy(a => a.At)
            .ThenBy(a => a.Id)
            .ToListAsync();
        return events.ConvertAll(a => new NarrowedSince(a.Kind, a.At, a.Actor, PersonAsOf.ReasonIn(a.Details)));
    }
}
