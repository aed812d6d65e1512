using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recalls;

/// <summary>Lifts suspension, withdrawal or yank where an approver of each tenant named votes for it. A recall is never lifted.</summary>
/// <param name="Tenants">Tenants whose own bars are lifted; null for the bar that stands in every tenant.</param>
internal sealed record LiftBars(string App, string? ReleaseVersion, string? Platform, IReadOnlyList<string>? Tenants, string Evidence) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Evidence;

    [JsonIgnore]
    public override string? PublishedApp => App;

    [JsonIgnore]
    public override string Target => ReleaseVersion is null ? $"app/{App}/bar" : $"app/{App}/release/{ReleaseVersion}/{Platform}/bar";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([
            .. Tenants?.Select(t => Consistency.Evidence.AppIn(t, Resource.App, App)) ?? [Consistency.Evidence.App(Resource.App, App)],
        ]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var app = await scope.Db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == App);
        var (release, known) = await ReleaseAsync(scope.Db);
        if (app is null || !known)
        {
            return Weight.NotFound;
        }
        var standing = await Standing(scope.Db, release).AsNoTracking().Select(b => new { b.Id, b.Kind }).ToListAsync();
        var liftable = standing.Where(b => b.Kind != Bars.Recalled).Select(b => b.Id).ToList();
        return (standing.Count, liftable.Count) switch
        {
            (0, _) => Weight.Refused("nothing_to_lift", "No bar of that kind stands there."),
            _ when standing.Exists(b => b.Kind == Bars.Recalled) => Weight.Refused("recall_is_final", "A recall is final: the app returns only as a new app."),
            _ => new(Reach.Widens, liftable.Max()) // a bar placed meanwhile moves the change
            {
                Versioned = false,
                Apps = [App],
                HighRisk = app.HighRisk,
                Global = Tenants is null,
                Quorum = [.. (Tenants ?? [Evidence]).Select(t => $"{t}/{Function.Approver}")],
            },
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var (release, _) = await ReleaseAsync(scope.Db);
        foreach (var bar in await Standing(scope.Db, release).Where(b => b.Kind != Bars.Recalled).ToListAsync())
        {
            bar.LiftedAt = scope.Now;
        }
        foreach (var tenant in (Tenants ?? []).Where(t => t != Evidence).Order(StringComparer.Ordinal))
        {
            await scope.RaiseGuardAsync(tenant);
            scope.Audit("bar.lifted", tenant, actor, Target);
        }
        return null;
    }

    private IQueryable<BarRow> Standing(EntitlementsDb db, long? release)
    {
        var bars = db.Bars.Where(b => b.App == App && b.Release == release && b.LiftedAt == null);
        return Tenants is { } tenants ? bars.Where(b => b.Tenant != null && tenants.Contains(b.Tenant)) : bars.Where(b => b.Tenant == null);
    }

    private async Task<(long? Key, bool Known)> ReleaseAsync(EntitlementsDb db)
    {
        var key = await db
            .Releases.Where(r => r.App == App && r.ReleaseVersion == ReleaseVersion && r.Platform == Platform)
            .Select(r => (long?)r.Key)
            .SingleOrDefaultAsync();
        return (key, ReleaseVersion is null || key is not null);
    }
}
