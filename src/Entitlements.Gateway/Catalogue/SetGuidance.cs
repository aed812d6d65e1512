using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>
/// The text that people of a tenant accept before they get the app, and the questions that show that they understood it. Another text may ask less, so it
/// is always a change; its version only rises.
/// </summary>
internal sealed record SetGuidance(string App, string Tenant, int TextVersion, string English, string Welsh) : Alteration
{
    public IReadOnlyList<GuidanceQuestion> Questions { get; init; } = [];

    /// <summary>It says something else than before, so everyone is asked again; false for a slip of the pen put right.</summary>
    public bool Substance { get; init; } = true;

    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string? PublishedApp => App;

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
        var version = before?.Version ?? 0;
        if (before is not null && TextVersion <= before.TextVersion)
        {
            return Refused("guidance_version_not_rising", "The version of the guidance must be higher than the one in force.");
        }
        return app.HighRisk && Questions.Count < GuidanceQuestion.Fewest
            ? Refused("questions_required", "Guidance of a high-risk app asks three questions or more.")
            : new(Reach.Widens, version) { Apps = [App], HighRisk = app.HighRisk };

        Weight Refused(string code, string detail) => Weight.Refused(code, detail) with { BaseVersion = version };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.Guidance.SingleOrDefaultAsync(g => g.App == App && g.Tenant == Tenant);
        if (row is null)
        {
            scope.Db.Guidance.Add(row = new() { App = App, Tenant = Tenant });
        }
        else
        {
            row.Version++;
        }
        var asksAgain = Substance || row.TextVersion == 0;
        (row.TextVersion, row.AcceptedFrom) = (TextVersion, asksAgain ? TextVersion : row.AcceptedFrom);
        scope.Db.GuidanceTexts.Add(
            new()
            {
                App = App,
                Tenant = Tenant,
                TextVersion = TextVersion,
                English = English,
                Welsh = Welsh,
                Questions = StoredJson.Write(Questions),
                Substance = asksAgain,
                PublishedAt = scope.Now,
            }
        );
        return null;
    }
}
