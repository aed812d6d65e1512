using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Publications;

/// <summary>An app as one tenant had it at an instant: what it is, what of it people could have, who could, and on what grounds.</summary>
/// <param name="Reached">Accounts that any of the rules reached.</param>
/// <param name="Releases">Those published and not barred there, newest first.</param>
/// <param name="Assessment">Null: there was none.</param>
/// <param name="Guidance">Null: there was none.</param>
internal sealed record AppAsPublished(
    string Name,
    bool HighRisk,
    bool PersonProof,
    Distribution Distribution,
    Visibility Visibility,
    int? DeviceLimit,
    int Reached,
    IReadOnlyList<RuleAsPublished> Rules,
    IReadOnlyList<ReleaseAsPublished> Releases,
    AssessmentAsPublished? Assessment,
    GuidanceAsPublished? Guidance
)
{
    public static async Task<AppAsPublished> ReadAsync(EntitlementsDb db, AppRow app, string tenant, int reached)
    {
        var rules = await db
            .Rules.AsNoTracking()
            .Where(r => r.Tenant == tenant && r.Type == Resource.App && r.App == app.Id)
            .OrderBy(r => r.Action)
            .ToListAsync();
        var releases = await db
            .Releases.AsNoTracking()
            .Where(r => r.App == app.Id && r.PublishedAt != null)
            .Where(r => !db.Bars.Any(b => b.Release == r.Key && b.LiftedAt == null && (b.Tenant == null || b.Tenant == tenant)))
            .OrderByDescending(r => r.PublishedAt)
            .ToListAsync();
        var assessment = await db.Assessments.AsNoTracking().SingleOrDefaultAsync(a => a.App == app.Id && a.Tenant == tenant);
        var guidance = await (
            from current in db.Guidance
            join text in db.GuidanceTexts
                on new
                {
                    current.App,
                    current.Tenant,
                    current.TextVersion,
                } equals new
                {
                    text.App,
                    text.Tenant,
                    text.TextVersion,
                }
            where current.App == app.Id && current.Tenant == tenant
            select text
        )
            .AsNoTracking()
            .SingleOrDefaultAsync();
        var files = releases.Select(r => r.Sha256).OfType<string>().ToList();
        var scans = await db.ArtifactReadings.Where(r => files.Contains(r.Sha256)).ToDictionaryAsync(r => r.Sha256, r => r.Scan);
        return new(
            app.Name,
            app.HighRisk,
            app.PersonProof,
            app.Distribution,
            app.Visibility,
            app.DeviceLimit,
            reached,
            [.. rules.Select(r => new RuleAsPublished(r.Action, r.Roles, r.Device, r.Accreditations, r.InForceUntil))],
            [.. releases.Select(r => ReleaseAsPublished.Of(r, r.Sha256 is null ? MalwareScan.NotScanned : scans.GetValueOrDefault(r.Sha256)))],
            assessment is null
                ? null
                : new(assessment.Outcome, assessment.InForceUntil, assessment.Grace, CapabilityView.Of(assessment.Covers), assessment.ReadRecord()),
            guidance is null ? null : new(guidance.TextVersion, guidance.English, guidance.Welsh, guidance.ReadQuestions())
        );
    }
}

/// <summary>Who the app was open to: any of the roles, on such a device, with all of the accreditations.</summary>
internal sealed record RuleAsPublished(
    string Action,
    IReadOnlyList<string> Roles,
    DeviceCondition Device,
    IReadOnlyList<string> Accreditations,
    DateTimeOffset? InForceUntil
);

/// <param name="Sha256">Null: the bytes are elsewhere.</param>
internal sealed record ReleaseAsPublished(
    string Version,
    string Platform,
    string? Sha256,
    DateTimeOffset PublishedAt,
    IReadOnlyList<CapabilityView> Capabilities,
    MalwareScan Scan
)
{
    public static ReleaseAsPublished Of(ReleaseRow row, MalwareScan scan) =>
        new(row.ReleaseVersion, row.Platform, row.Sha256, row.PublishedAt!.Value, CapabilityView.Of(row.Capabilities), scan);
}

internal sealed record AssessmentAsPublished(
    AssessmentOutcome Outcome,
    DateTimeOffset InForceUntil,
    TimeSpan Grace,
    IReadOnlyList<CapabilityView> Covers,
    AssessmentRecord? Record
);

internal sealed record GuidanceAsPublished(int Version, string En, string Cy, IReadOnlyList<GuidanceQuestion> Questions);
