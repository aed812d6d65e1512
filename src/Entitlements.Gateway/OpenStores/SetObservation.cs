using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>
/// Puts on record that the store does not enforce yet what it is answered about an app. Every answer is as real as ever, nothing is issued that would not be;
/// but people go on fetching what others should have been asked about, so an approver and the DPO say yes to it, for a time.
/// </summary>
internal sealed record SetObservation(string App, string Tenant, DateTimeOffset Until) : ObservationWrite(App, Tenant)
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is null)
        {
            return Weight.NotFound;
        }
        if (Until <= scope.Now || Until > scope.Now + Longest)
        {
            return Weight.Refused("observation_end", "until lies ahead, by 90 days at most: after that the store enforces, or somebody decides again.");
        }
        var row = await FindAsync(scope);
        var reach =
            row is not { EndedAt: null } || Until > row.Until ? Reach.Widens
            : Until < row.Until ? Reach.Narrows
            : Reach.Unchanged;
        return new(reach, row?.Version ?? 0) { Apps = [App], Quorum = [$"{Tenant}/{Function.Approver}", $"{Tenant}/{Function.DataProtectionOfficer}"] };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        if (await FindAsync(scope) is not { } row)
        {
            scope.Db.Observations.Add(
                new()
                {
                    App = App,
                    Tenant = Tenant,
                    Since = scope.Now,
                    Until = Until,
                }
            );
            return null;
        }
        (row.Since, row.Until, row.EndedAt) = (row.EndedAt is null ? row.Since : scope.Now, Until, null);
        row.Version++;
        return null;
    }
}

/// <summary>Puts on record that the store enforces from now on: a change, for whoever has the app without a right loses it by that.</summary>
/// <param name="WouldRefuse">How many people those were when it was proposed; its voters are shown it.</param>
internal sealed record EndObservation(string App, string Tenant, int WouldRefuse) : ObservationWrite(App, Tenant)
{
    /// <remarks>Nobody could have more by it; it is weighed as what opens, because it takes a vote.</remarks>
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is not { } app || await FindAsync(scope) is not { EndedAt: null } row
            ? Weight.NotFound
            : new(Reach.Widens, row.Version) { Apps = [App], HighRisk = app.HighRisk };

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.EndedAt = scope.Now;
        row.Version++;
        return null;
    }
}

/// <summary>A write to whether an app is observed.</summary>
internal abstract record ObservationWrite(string App, string Tenant) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string? PublishedApp => App;

    [JsonIgnore]
    public override string Target => $"app/{App}/observation/{Tenant}";

    /// <remarks>What is recorded of an answer changes, not the answer: those in memory are made anew.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Evidence.AppIn(Tenant, Resource.App, App)]);

    protected Task<ObservationRow?> FindAsync(WriteScope scope) => scope.Db.Observations.SingleOrDefaultAsync(o => o.App == App && o.Tenant == Tenant);
}
