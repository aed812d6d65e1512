using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reports;

/// <summary>How an app stands with its assessment, the worst first.</summary>
internal enum AssessmentStanding
{
    /// <summary>Its review date is over.</summary>
    Lapsed,

    /// <summary>It is high risk, and nobody has approved one.</summary>
    Missing,
    Refused,
    InForce,

    /// <summary>It is not high risk, and there is none.</summary>
    None,
}

/// <summary>One app in a force's list of assessments.</summary>
/// <param name="Outcome">Null: nothing was decided yet.</param>
/// <param name="ReviewBy">The review date; null where there is none.</param>
/// <param name="Grace">How long who redeemed before that date goes on after it; null where there is no assessment.</param>
/// <param name="Held">Releases that wait for an assessment, the newest first.</param>
/// <param name="Waiting">Changes to the assessment that wait for votes, the oldest first.</param>
internal sealed record AssessmentInQueue(
    string App,
    string Name,
    bool HighRisk,
    AssessmentStanding Standing,
    AssessmentOutcome? Outcome,
    DateTimeOffset? ReviewBy,
    TimeSpan? Grace,
    IReadOnlyList<HeldRelease> Held,
    IReadOnlyList<string> Waiting
);

/// <param name="Uncovered">What it can do that nobody has assessed.</param>
internal sealed record HeldRelease(string Version, string Platform, bool IsPublished, IReadOnlyList<string> Uncovered);

/// <summary>The assessments of every app of a force, with what waits for them; read in a fixed number of statements.</summary>
internal sealed class AssessmentQueue(EntitlementsDb db)
{
    /// <summary>More apps than any force has; of more the first by id are told.</summary>
    private const int Most = 2_000;

    /// <returns>The worst first: by standing, then what holds releases, then by the nearest review date.</returns>
    public async Task<List<AssessmentInQueue>> ReadAsync(string tenant, DateTimeOffset now)
    {
        var apps = await db
            .Apps.AsNoTracking()
            .Where(a => a.Type == Resource.App && (a.Owner == tenant || db.Adoptions.Any(o => o.App == a.Id && o.Tenant == tenant)))
            .OrderBy(a => a.Id)
            .Take(Most)
            .ToListAsync();
        var ids = apps.ConvertAll(a => a.Id);
        var assessments = await db.Assessments.AsNoTracking().Where(a => a.Tenant == tenant).ToDictionaryAsync(a => a.App, StringComparer.Ordinal);
        var releases = (
            await db
                .Releases.AsNoTracking()
                .Where(r => EF.Parameter(ids).Contains(r.App))
                .Where(r => !db.Bars.Any(b => b.Release == r.Key && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant)))
                .ToListAsync()
        ).ToLookup(r => r.App, StringComparer.Ordinal);
        var waiting = (
            await db
                .Changes.AsNoTracking()
                .Where(c => c.Tenant == tenant && c.State == ChangeState.Proposed && c.Kind == "assessment" && c.ExpiresAt > now)
                .OrderBy(c => c.ProposedAt)
                .Select(c => new { c.Target, c.Id })
                .ToListAsync()
        ).ToLookup(c => c.Target, c => c.Id, StringComparer.Ordinal);
        return
        [
            .. apps.Select(app => Of(app, assessments.GetValueOrDefault(app.Id), releases[app.Id], [.. waiting[SetAssessment.TargetOf(app.Id, tenant)]], now))
                .OrderBy(a => a.Standing)
                .ThenByDescending(a => a.Held.Count > 0)
                .ThenBy(a => a.ReviewBy ?? DateTimeOffset.MaxValue)
                .ThenBy(a => a.App, StringComparer.Ordinal),
        ];
    }

    private static AssessmentInQueue Of(AppRow app, AssessmentRow? row, IEnumerable<ReleaseRow> releases, IReadOnlyList<string> waiting, DateTimeOffset now) =>
        new(
            app.Id,
            app.Name,
            app.HighRisk,
            StandingOf(app, row, now),
            row?.Outcome,
            row?.Outcome == AssessmentOutcome.Refused ? null : row?.InForceUntil,
            row?.Grace,
            HeldOf(releases, row?.Outcome == AssessmentOutcome.Approved ? row.Covers : [], app.HighRisk),
            waiting
        );

    private static AssessmentStanding StandingOf(AppRow app, AssessmentRow? row, DateTimeOffset now) =>
        row switch
        {
            null => app.HighRisk ? AssessmentStanding.Missing : AssessmentStanding.None,
            { Outcome: AssessmentOutcome.Refused } => AssessmentStanding.Refused,
            { Outcome: AssessmentOutcome.NotNeeded } when app.HighRisk => AssessmentStanding.Missing, // it opens nothing there
            _ => row.InForceUntil <= now ? AssessmentStanding.Lapsed : AssessmentStanding.InForce,
        };

    /// <summary>Those that ask for more than was assessed, unless a later one of their platform was published that does not.</summary>
    private static List<HeldRelease> HeldOf(IEnumerable<ReleaseRow> releases, IReadOnlyList<string> covered, bool highRisk) =>
        [
            .. releases
                .GroupBy(r => r.Platform, StringComparer.Ordinal)
                .OrderBy(platform => platform.Key, StringComparer.Ordinal)
                .SelectMany(platform =>
                    platform
                        .OrderByDescending(r => r.Key)
                        .Select(r => (Release: r, Uncovered: Coverage.Missing(r.Capabilities, covered, highRisk)))
                        .TakeWhile(r => r.Release.PublishedAt is null || !r.Uncovered.IsEmpty)
                        .Where(r => !r.Uncovered.IsEmpty)
                )
                .Select(r => new HeldRelease(r.Release.ReleaseVersion, r.Release.Platform, r.Release.PublishedAt is not null, [.. r.Uncovered])),
        ];
}
