using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A release as its owner proposes it.</summary>
internal sealed record ReleaseBody
{
    /// <summary>A complete upload; left out where a managed store holds the bytes, or where they lie ready under this version and platform.</summary>
    public string? Upload { get; init; }
    public required NameId Version { get; init; }

    /// <summary>For instance <c>android</c>.</summary>
    public required NameId Platform { get; init; }

    /// <summary>Under which the file is offered.</summary>
    public string? FileName { get; init; }

    /// <summary>What it can do, by the platform's own names: required where a managed store has the bytes, or the app is high risk and the platform one that is not read; refused with Android and iOS packages, of which it is read.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }
    public string? Reason { get; init; }
}

/// <summary>A release as its readers see it.</summary>
/// <param name="State"><c>draft</c>, <c>held</c> (not published, and it asks for more than the owner's assessment covers), <c>published</c>, and where barred the strictest of <c>yanked</c>, <c>suspended</c>, <c>recalled</c>.</param>
/// <param name="Capabilities">What it can do, the riskiest first.</param>
/// <param name="Uncovered">Those that the owner's assessment does not cover: there they hold it.</param>
/// <param name="Package">What was read from its bytes; null where they are not read.</param>
/// <param name="Scan">What the malware scanner said; null where the bytes are elsewhere.</param>
internal sealed record ReleaseView(
    string App,
    string Version,
    string Platform,
    string? Sha256,
    long? Size,
    string? FileName,
    DateTimeOffset? PublishedAt,
    string State,
    IReadOnlyList<CapabilityView> Capabilities,
    IReadOnlyList<string> Uncovered,
    PackageView? Package,
    MalwareScan? Scan
);

/// <summary>What a package says of itself.</summary>
/// <param name="SignerSha256">The certificate whose key signed these very bytes; null where no signature was verified.</param>
internal sealed record PackageView(string Id, string? Version, string? Build, string? LowestSystem, string? TargetSystem, string? SignerSha256, bool Debuggable)
{
    public static PackageView? Of(ArtifactReadingRow? reading) =>
        ReadArtifact.ContentsOf(reading) is { } read
            ? new(read.Id, read.Version, read.Build, read.LowestSystem, read.TargetSystem, read.SignerSha256, read.Debuggable)
            : null;
}

/// <summary><c>/v1/apps/{app}/releases</c>.</summary>
internal static class ReleaseEndpoints
{
    public static void MapReleases(this IEndpointRouteBuilder routes)
    {
        var releases = routes.MapGroup("/v1/apps/{app}/releases").WithTags("Releases");
        releases
            .MapPost("", PostAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("ProposeRelease")
            .WithSummary("Reads a release, lays it ready and proposes the change that publishes it.")
            .ProducesWrite()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        releases
            .MapGet("", ListAsync)
            .PermitManaging(CatalogueAccess.Readers)
            .InExercises()
            .WithName("ListReleases")
            .WithSummary("Releases of an app.")
            .Produces<Page<ReleaseView>>();
        releases
            .MapGet("/{version}/{platform}", GetAsync)
            .PermitManaging(CatalogueAccess.Readers)
            .InExercises()
            .WithName("GetRelease")
            .WithSummary("One release.")
            .Produces<ReleaseView>();
    }

    private static async Task<IResult> PostAsync(WriteRequest request, NameId app, Body<ReleaseBody> body, EntitlementsDb db, DraftRelease draft)
    {
        Faults(body.Value).ThrowIfAny();
        var owner = await db.Apps.Where(a => a.Type == Resource.App && a.Id == app.Value).Select(a => a.Owner).SingleOrDefaultAsync();
        if (owner is null || !request.Caller.Holds(Function.AppOwner, owner))
        {
            return Problems.NotFound(); // the owner alone changes releases
        }
        var release = new ReleaseDraft(
            app.Value,
            owner,
            body.Value.Version.Value,
            body.Value.Platform.Value,
            body.Value.Upload,
            body.Value.FileName,
            body.Value.Capabilities
        );
        return (await draft.SubmitAsync(request.For(body.Value.Reason), release)).ToResult();
    }

    private static async Task<IResult> ListAsync(Caller caller, NameId app, EntitlementsDb db, PageQuery page, CancellationToken cancellation)
    {
        if (!await db.AppsSeenBy(caller).AnyAsync(a => a.Type == Resource.App && a.Id == app.Value, cancellation))
        {
            return Problems.NotFound();
        }
        var after = long.TryParse(page.After, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var key) ? key : 0;
        var rows = await Views(db, caller, db.Releases.Where(r => r.App == app.Value && r.Key > after).OrderBy(r => r.Key).Take(page.Limit + 1))
            .ToListAsync(cancellation);
        var shown = page.Of(rows, r => r.Row.Key.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Results.Ok(new Page<ReleaseView>([.. shown.Items.Select(r => r.ToView())], shown.NextCursor));
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        Caller caller,
        NameId app,
        NameId version,
        NameId platform,
        EntitlementsDb db,
        CancellationToken cancellation
    )
    {
        var row = await db.AppsSeenBy(caller).AnyAsync(a => a.Type == Resource.App && a.Id == app.Value, cancellation)
            ? await Views(db, caller, db.Releases.Where(r => r.App == app.Value && r.ReleaseVersion == version.Value && r.Platform == platform.Value))
                .SingleOrDefaultAsync(cancellation)
            : null;
        if (row is null)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(http, row.ToView(), row.Row.Version);
    }

    private sealed record Read(ReleaseRow Row, long? Size, List<Bars> Bars, ArtifactReadingRow? Reading, bool HighRisk, List<string>? Covers)
    {
        private readonly IReadOnlyList<string> _uncovered = Coverage.Missing(Row.Capabilities, Covers ?? [], HighRisk);

        public ReleaseView ToView() =>
            new(
                Row.App,
                Row.ReleaseVersion,
                Row.Platform,
                Row.Sha256,
                Size,
                Row.FileName,
                Row.PublishedAt,
                State,
                CapabilityView.Of(Row.Capabilities),
                _uncovered,
                ReleaseContents.IsRead(Row.Platform) ? PackageView.Of(Reading) : null,
                Row.Sha256 is null ? null : Reading?.Scan ?? MalwareScan.NotScanned
            );

        private string State =>
            (Bars.Aggregate(Engine.Decisions.Bars.None, (all, bar) => all | bar), Row.PublishedAt) switch
            {
                ({ } bars, _) when bars.HasFlag(Engine.Decisions.Bars.Recalled) => "recalled",
                ({ } bars, _) when bars.HasFlag(Engine.Decisions.Bars.Suspended) => "suspended",
                ({ } bars, _) when bars.HasFlag(Engine.Decisions.Bars.Withdrawn) => "yanked",
                (_, null) => _uncovered.Count > 0 ? "held" : "draft",
                _ => "published",
            };
    }

    /// <summary>Releases with the bars that stand on them in the caller's tenants.</summary>
    private static IQueryable<Read> Views(EntitlementsDb db, Caller caller, IQueryable<ReleaseRow> releases)
    {
        var tenants = caller.TenantsHolding(Function.OfTenant);
        return from release in releases.AsNoTracking()
            join app in db.Apps on new { Type = Resource.App, Id = release.App } equals new { app.Type, app.Id }
            orderby release.Key
            select new Read(
                release,
                db.Artifacts.Where(f => f.Sha256 == release.Sha256).Select(f => (long?)f.Size).FirstOrDefault(),
                db.Bars.Where(b => b.Release == release.Key && b.LiftedAt == null && (b.Tenant == null || tenants.Contains(b.Tenant)))
                    .Select(b => b.Kind)
                    .ToList(),
                db.ArtifactReadings.FirstOrDefault(a => a.Sha256 == release.Sha256),
                app.HighRisk,
                HeldReleases.Covering(db).Where(a => a.App == release.App && a.Tenant == app.Owner).Select(a => a.Covers).FirstOrDefault()
            );
    }

    private static IEnumerable<(string, string)> Faults(ReleaseBody body)
    {
        if (body.FileName is { } name && !FileNames.IsSafe(name))
        {
            yield return (
                "/file_name",
                "must be a plain file name of 1 to 128 bytes: no path, no reserved or unseen characters, no dot or blank at either end"
            );
        }
        if (body.Upload is { } upload && !Text.IsToken(upload, 64))
        {
            yield return ("/upload", "is not an upload id");
        }
        if (body.Capabilities is { } names && CapabilityView.FaultOf(names) is { } unusable)
        {
            yield return ("/capabilities", unusable);
        }
        foreach (var fault in Text.ReasonFaults(body.Reason))
        {
            yield return fault;
        }
    }
}
