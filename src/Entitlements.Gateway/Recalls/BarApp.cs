using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recalls;

/// <summary>Bars an app, or one of its releases, in some tenants or in all. Acts at once; bars add up, and a recall is final.</summary>
/// <param name="Tenants">Where; null for every tenant, now and later.</param>
/// <param name="ReleaseVersion">With <paramref name="Platform"/> the one release it stands on; null for the whole app.</param>
internal sealed record BarApp(string App, string? ReleaseVersion, string? Platform, Bars Kind, IReadOnlyList<string>? Tenants, string Evidence, string Reason)
    : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Evidence;

    [JsonIgnore]
    public override string Target => ReleaseVersion is null ? $"app/{App}/bar" : $"app/{App}/release/{ReleaseVersion}/{Platform}/bar";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([
            .. Tenants?.Select(t => Consistency.Evidence.AppIn(t, Resource.App, App)) ?? [Consistency.Evidence.App(Resource.App, App)],
        ]);

    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        ReleaseVersion is not null && await ReleaseKeyAsync(scope.Db) is null
            ? Weight.NotFound
            : new(Reach.Narrows, 0)
            {
                Versioned = false,
                Global = Tenants is null,
                Final = Kind == Bars.Recalled,
            };

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var release = ReleaseVersion is null ? null : await ReleaseKeyAsync(scope.Db);
        await RaiseGuardsAsync(scope); // before the entitlements are looked at: an issue under way then either was seen or is overtaken
        foreach (var tenant in Tenants?.Select(t => (string?)t) ?? [null])
        {
            if (!await scope.Db.Bars.AnyAsync(b => b.App == App && b.Release == release && b.Tenant == tenant && b.Kind == Kind && b.LiftedAt == null))
            {
                scope.Db.Bars.Add(
                    new()
                    {
                        App = App,
                        Release = release,
                        Tenant = tenant,
                        Kind = Kind,
                        Reason = Reason,
                        By = actor,
                        At = scope.Now,
                    }
                );
            }
            if (tenant is not null && tenant != Evidence)
            {
                scope.Audit("bar.placed", tenant, actor, Target, new { Kind, Reason });
                scope.Tell("access.changed", tenant, new { what = "bar", narrows = true });
            }
        }
        return Kind == Bars.Recalled ? new { ended = await EndEntitlementsAsync(scope, release) } : null;
    }

    private async Task RaiseGuardsAsync(WriteScope scope)
    {
        if (Tenants is null)
        {
            await scope.RaiseGlobalGuardAsync();
            return;
        }
        foreach (var tenant in Tenants.Order(StringComparer.Ordinal)) // one order for all writers: no two wait for each other
        {
            await scope.RaiseGuardAsync(tenant);
        }
    }

    /// <summary>A recall is final, so the rights it ends are marked as ended; what a lifted bar may give back is judged afresh instead.</summary>
    private Task<int> EndEntitlementsAsync(WriteScope scope, long? release)
    {
        var ended = scope.Db.Entitlements.Where(e => e.App == App && e.RevokedAt == null && (release == null || e.Release == release));
        if (Tenants is { } tenants)
        {
            ended = ended.Where(e => tenants.Contains(e.Tenant));
        }
        return ended.ExecuteUpdateAsync(set => set.SetProperty(e => e.RevokedAt, scope.Now));
    }

    private async Task<long?> ReleaseKeyAsync(EntitlementsDb db) =>
        await db
            .Releases.Where(r => r.App == App && r.ReleaseVersion == ReleaseVersion && r.Platform == Platform)
            .Select(r => (long?)r.Key)
            .SingleOrDefaultAsync();
}
