using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>
/// What device management found a release to be able to do whose bytes are in a managed store, so that nobody here has read them. What its owner did not declare is
/// added to what it can do, never taken away: where no assessment covers it the release is held, at once.
/// </summary>
/// <param name="Seen">By the platform's own names.</param>
internal sealed record SeeRelease(string App, string Owner, string Version, string Platform, IReadOnlyList<string> Seen) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Owner;

    [JsonIgnore]
    public override string Target => $"app/{App}/release/{Version}/{Platform}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([Evidence.App(Resource.App, App)]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        await DraftRelease.AloneAsync(scope, App);
        if (await Find(scope.Db).AsNoTracking().SingleOrDefaultAsync() is not { } release)
        {
            return Weight.NotFound;
        }
        var undeclared = Undeclared(release).Count;
        return release.Capabilities.Count + undeclared > PackageReader.MostCapabilities
            ? Weight.Refused(
                "capabilities_too_many",
                FormattableString.Invariant(
                    $"With these the release could do more than {PackageReader.MostCapabilities} things, which none does: look at what the report is made of. Nothing was changed."
                )
            )
            : new(undeclared > 0 ? Reach.Narrows : Reach.Unchanged, release.Version) { Versioned = false, Global = true };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var release = await Find(scope.Db).SingleAsync();
        var undeclared = Undeclared(release);
        if (undeclared.Count > 0)
        {
            release.Seen = [.. release.Seen.Union(undeclared).Order(StringComparer.Ordinal)];
            release.Capabilities = [.. release.Capabilities.Union(undeclared).Order(StringComparer.Ordinal)];
            release.Version++;
            await TellAsync(scope, undeclared);
        }
        return new { App, undeclared };
    }

    private List<string> Undeclared(ReleaseRow release) => [.. Seen.Except(release.Capabilities).Order(StringComparer.Ordinal)];

    private IQueryable<ReleaseRow> Find(EntitlementsDb db) =>
        db.Releases.Where(r =>
            r.App == App
            && r.ReleaseVersion == Version
            && r.Platform == Platform
            && db.Apps.Any(a => a.Type == Resource.App && a.Id == App && a.Owner == Owner && a.Distribution == Distribution.ManagedStore)
        );

    /// <summary>The record says which app it is, no message does.</summary>
    private async Task TellAsync(WriteScope scope, List<string> undeclared)
    {
        scope.Audit("release.undeclared", Owner, "machine:entitlements", Target, new { undeclared });
        scope.Tell("release.undeclared", Owner, new { undeclared = undeclared.Count });
        var reference = RandomIds.New("cap_");
        var adopters = scope.Db.Adoptions.Where(o => o.App == App && !scope.Db.Tenants.Any(t => t.Id == o.Tenant && t.ExerciseOf != null));
        foreach (var tenant in (await adopters.Select(o => o.Tenant).ToListAsync()).Prepend(Owner).Distinct())
        {
            foreach (var key in await AppKeepers.OfAsync(scope.Db, tenant, scope.Now))
            {
                scope.TellPerson(key, PersonMessage.Notice, isUrgent: false, reference);
            }
        }
    }
}
