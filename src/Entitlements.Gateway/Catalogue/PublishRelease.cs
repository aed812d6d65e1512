using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Publishes a release that lies ready. Other bytes reach people, so it always widens; the digest is part of what is voted on.</summary>
internal sealed record PublishRelease(string App, string Owner, string Version, string Platform, string? Sha256) : Alteration
{
    /// <summary>What it can do: who votes is shown it, and nothing else is published.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    [JsonIgnore]
    public override string EvidenceTenant => Owner;

    [JsonIgnore]
    public override string? PublishedApp => App;

    [JsonIgnore]
    public override string Target => $"app/{App}/release/{Version}/{Platform}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.App(Resource.App, App)]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        await DraftRelease.AloneAsync(scope, App); // or what is compared here could be another thing when it is published
        var app = await scope.Db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == App && a.Owner == Owner);
        var release = await Find(scope.Db).AsNoTracking().SingleOrDefaultAsync();
        var missing = app is null || release is null ? [] : await HeldReleases.MissingAsync(scope.Db, app, release, Owner);
        return (app, release) switch
        {
            (null, _) or (_, null) => Weight.NotFound,
            (_, { PublishedAt: not null }) => Weight.Refused("release_published", "This release is published already."),
            _ when release.Sha256 != Sha256 => Weight.Refused(
                "release_differs",
                "There is a release of this version and platform with other bytes: give it another version."
            ),
            _ when !release.Capabilities.SequenceEqual(Capabilities) => Weight.Refused(
                "release_differs",
                "The owner has since said otherwise what this release can do."
            ),
            _ when await IsInfectedAsync(scope.Db) => new(Reach.Unchanged, 0) { Refusal = ReleaseContents.Infected },
            _ when missing.Count > 0 => new(Reach.Unchanged, 0) { Refusal = HeldReleases.Held(missing) },
            _ => new(Reach.Widens, release.Version)
            {
                Versioned = false,
                Apps = [App],
                HighRisk = app.HighRisk,
                Global = true,
            },
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var release = await Find(scope.Db).SingleAsync();
        release.PublishedAt = scope.Now;
        release.Version++;
        return null;
    }

    /// <summary>A scanner that was set up since may have found something.</summary>
    private Task<bool> IsInfectedAsync(EntitlementsDb db) => db.ArtifactReadings.AnyAsync(r => r.Sha256 == Sha256 && r.Scan == MalwareScan.Infected);

    private IQueryable<ReleaseRow> Find(EntitlementsDb db) => db.Releases.Where(r => r.App == App && r.ReleaseVersion == Version && r.Platform == Platform);
}
