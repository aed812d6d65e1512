using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A tenant's assessment of an app. What lets the app be used more, or longer, is in force by a DPO's vote, and an approver's for a high-risk app; refusing and shortening act at once.</summary>
internal sealed record SetAssessment(string App, string Tenant, AssessmentOutcome Outcome, DateTimeOffset InForceUntil, TimeSpan Grace) : Alteration
{
    /// <summary>Capabilities of the app that were looked at.</summary>
    public IReadOnlyList<string> Covers { get; init; } = [];

    /// <summary>What it says; null: what it said before.</summary>
    public AssessmentRecord? Record { get; init; }

    /// <summary>Longest grace after the review date.</summary>
    public static readonly TimeSpan LongestGrace = TimeSpan.FromDays(30);

    /// <summary>Grace where none is given.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(7);

    [JsonIgnore]
    public override string EvidenceTenant => Tenant;

    [JsonIgnore]
    public override string? PublishedApp => App;

    [JsonIgnore]
    public override string Target => TargetOf(App, Tenant);

    public static string TargetOf(string app, string tenant) => $"app/{app}/assessment/{tenant}";

    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        Task.FromResult<IReadOnlyList<string>?>([Evidence.AppIn(Tenant, Resource.App, App)]);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (await scope.Db.FindAppOfAsync(Tenant, Resource.App, App) is not { } app)
        {
            return Weight.NotFound;
        }
        if (Outcome == AssessmentOutcome.Approved && InForceUntil <= scope.Now)
        {
            return Weight.Refused("review_date_past", "An approved assessment is in force until an instant that is still to come.");
        }
        if (Outcome == AssessmentOutcome.NotNeeded && app.HighRisk)
        {
            return Weight.Refused(
                "assessment_needed",
                "The app is high risk: it needs an assessment, whatever a screening says. Propose an approval, or refuse it."
            );
        }
        if (
            Outcome != AssessmentOutcome.Refused
            && Record is { Owner: var owner }
            && !await scope.Db.Subjects.AnyAsync(s => s.Tenant == Tenant && s.Id == owner && s.Active)
        )
        {
            return Weight.Refused(
                "owner_unknown",
                "record.owner is to be the id of one of the tenant's active people: name one who answers for it now.",
                StatusCodes.Status400BadRequest
            );
        }
        var before = await scope.Db.Assessments.AsNoTracking().SingleOrDefaultAsync(a => a.App == App && a.Tenant == Tenant);
        var reach = Widening.OfAssessment(
            before is null ? null : PolicyOf(before.Outcome, before.InForceUntil, before.Grace, before.Covers),
            PolicyOf(Outcome, InForceUntil, Grace, Covers)
        );
        return new(reach, before?.Version ?? 0)
        {
            Apps = [App],
            Quorum = app.HighRisk
                ? [$"{Tenant}/{Function.Approver}", $"{Tenant}/{Function.DataProtectionOfficer}"]
                : [$"{Tenant}/{Function.DataProtectionOfficer}"],
            HighRisk = app.HighRisk && reach == Reach.Widens,
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = await scope.Db.Assessments.SingleOrDefaultAsync(a => a.App == App && a.Tenant == Tenant);
        if (row is null)
        {
            scope.Db.Assessments.Add(row = new() { App = App, Tenant = Tenant });
        }
        else
        {
            row.Version++;
        }
        (row.Outcome, row.InForceUntil, row.Grace, row.Covers, row.WarnedDays) = (Outcome, InForceUntil, Grace, [.. Covers], null);
        row.Record = Record is null ? row.Record : StoredJson.Write(Record);
        return null;
    }

    public override object ToEvidence() => Record is null ? this : this with { Record = Record with { Owner = "" } };

    private static AssessmentPolicy PolicyOf(AssessmentOutcome outcome, DateTimeOffset until, TimeSpan grace, IReadOnlyList<string> covers) =>
        new(outcome == AssessmentOutcome.Approved, until, grace) { Covers = covers };
}
