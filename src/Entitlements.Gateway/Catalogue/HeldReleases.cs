using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A release that can do more than its tenant's assessment covers waits: what was published before stays current.</summary>
internal static class HeldReleases
{
    /// <summary>What of the release nobody of <paramref name="tenant"/> has assessed; empty: it is not held there.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(EntitlementsDb db, AppRow app, ReleaseRow release, string tenant) =>
        Coverage.Missing(
            release.Capabilities,
            await Covering(db).Where(a => a.App == app.Id && a.Tenant == tenant).Select(a => a.Covers).SingleOrDefaultAsync() ?? [],
            app.HighRisk
        );

    /// <summary>Assessments that cover anything: the refused ones do not.</summary>
    public static IQueryable<AssessmentRow> Covering(EntitlementsDb db) => db.Assessments.AsNoTracking().Where(a => a.Outcome == AssessmentOutcome.Approved);

    public static Refusal Held(IReadOnlyList<string> missing) =>
        new(
            "release_held",
            "The release is laid ready and held: it can do more than the assessment covers. Have that assessed, then send the same again.",
            StatusCodes.Status409Conflict
        )
        {
            Members = new Dictionary<string, object?>(StringComparer.Ordinal) { ["uncovered"] = missing },
        };
}
