using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>The text that people of a tenant accept before they get the app. Another text may ask less, so it is always a change; its version only rises.</summary>
internal sealed record SetGuidance(string App, string Tenant, int TextVersion, string English, string Welsh) : Alteration
{
    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string Target => $"app/{App}/guidance/{Tenant}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Evidence.AppIn(Tenant, Resource.App, App)]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is not { } app)
        {
            return Weight.NotFound;
        }
        var before = await scope.Db.Guidance.AsNoTracking().SingleOrDefaultAsync(g => g.App == App && g.Tenant == Tenant);
        return before is not null && TextVersion <= before.TextVersion
            ? Weight.Refused("guidance_version_not_rising", "The version of the guidance must be higher than the one in force.") with
            {
                BaseVersion = before.Version,
            }
            : new(Reach.Widens, before?.Version ?? 0) { Apps = [App], HighRisk = app.HighRisk };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.Guidance.SingleOrDefaultAsync(g => g.App == App && g.Tenant == Tenant);
        if (row is null)
        {
            scope.Db.Guidance.Add(
                row = new()
                {
                    App = App,
                    Tenant = Tenant,
                    English = English,
                    Welsh = Welsh,
                }
            );
        }
        else
        {
            row.Version++;
        }
        (row.TextVersion, row.English, row.Welsh) = (TextVersion, English, Welsh);
        return null;
    }
}
