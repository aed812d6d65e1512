using System.Globalization;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Access;

/// <summary>
/// What a run of evaluations leaves behind, in one transaction before it is answered: attempts on restricted and on observed apps one by one, listings as counts,
/// and the alarm. Of an exercise the attempts alone: no figure of ours may count it. What is not available is recorded alike whatever the cause, or the time a write takes would tell hidden from unknown.
/// </summary>
internal sealed partial class AttemptLog(IServiceScopeFactory scopes, EnumerationAlarm alarm, DecisionTelemetry telemetry, ILogger<AttemptLog> log)
{
    public async Task KeepAsync(Caller caller, IReadOnlyList<Evaluation.Judged> judged)
    {
        if (!judged.Any(IsToBeKept))
        {
            return;
        }
        var attempts = judged.Where(IsRecorded).ToList();
        var counted = judged.Where(j => !caller.IsExercise(j.Asked.Request.Tenant)).ToList();
        var listings = counted.Where(j => j.Asked.Purpose == Purpose.Listing).GroupBy(PlaceOf).ToList();
        var alarms = caller is Caller.Client client ? AlarmsOf(client, counted) : [];
        if (attempts.Count + listings.Count + alarms.Count == 0)
        {
            return;
        }
        await using var services = scopes.CreateAsyncScope();
        await services
            .ServiceProvider.GetRequiredService<Writes>()
            .RecordAsync(async scope =>
            {
                attempts.ForEach(attempt => Record(scope, caller, attempt));
                alarms.ForEach(raised => Raise(scope, caller, raised));
                await scope.Db.SaveChangesAsync();
                foreach (var listing in listings)
                {
                    await CountAsync(scope, listing.Key, listing.Count(), listing.Count(j => j.IsAllowed));
                }
                return 0;
            });
    }

    /// <summary>False where it leaves nothing behind: most do.</summary>
    public static bool IsToBeKept(Evaluation.Judged judged) => judged.Asked.Purpose != Purpose.Attempt || IsRecorded(judged);

    private static bool IsRecorded(Evaluation.Judged judged) =>
        judged.Asked.Purpose == Purpose.Attempt && (judged.Truth.Restricted || judged.Truth.Observed || IsNotAvailable(judged));

    private static bool IsNotAvailable(Evaluation.Judged judged) => judged.Decision is Decision.Deny { Reasons.Headline: DenyReason.NotAvailable };

    private static void Record(WriteScope scope, Caller caller, Evaluation.Judged attempt)
    {
        var request = attempt.Asked.Request;
        scope.Audit(
            "decision.attempted",
            EvidenceOf(attempt),
            caller.Key,
            TargetOf(request.Resource),
            new
            {
                evaluation = attempt.Id,
                decision = attempt.IsAllowed,
                reasons = CodesOf(attempt.Decision),
                action = NameId.IsValid(request.Action.Name) ? request.Action.Name : null,
                subject = attempt.Truth.SubjectKey,
                device = DeviceOf(request.Context.Device),
                judged_at = attempt.Revision,
            }
        );
    }

    /// <summary>What strangers ask goes into the installation's evidence, not into the tenant's they asked about.</summary>
    private static string? EvidenceOf(Evaluation.Judged judged) => judged.Asked.MayAsk ? judged.Asked.Request.Tenant : null;

    /// <summary>Text that nobody here named is not kept.</summary>
    private static string TargetOf(Resource resource) =>
        NameId.IsValid(resource.Type) && NameId.IsValid(resource.Id) ? $"{resource.Type}/{resource.Id}" : "(not an id)";

    /// <summary>Why it was refused, in order; empty for an allow.</summary>
    public static IReadOnlyList<string> CodesOf(Decision decision) => decision is Decision.Deny deny ? [.. deny.Reasons.InOrder().Select(r => r.Code)] : [];

    /// <summary>The device that was named, as a record keeps it; null for what can be no device's id.</summary>
    public static string? DeviceOf(string? named) => OpaqueId.IsValid(named) ? named : null;

    private static (string Tenant, string App, string Day) PlaceOf(Evaluation.Judged judged) =>
        (
            EvidenceOf(judged) ?? ListingCountRow.NotAvailable,
            IsNotAvailable(judged) ? ListingCountRow.NotAvailable : judged.Asked.Request.Resource.Id,
            judged.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        );

    private static Task CountAsync(WriteScope scope, (string Tenant, string App, string Day) place, int asked, int allowed) =>
        scope.Db.Database.ExecuteSqlAsync(
            $"""
            insert into listing_count (tenant, app, day, asked, allowed) values ({place.Tenant}, {place.App}, {place.Day}, {asked}, {allowed})
            on conflict (tenant, app, day) do update set asked = listing_count.asked + excluded.asked, allowed = listing_count.allowed + excluded.allowed
            """
        );

    private List<Evaluation.Judged> AlarmsOf(Caller.Client client, IEnumerable<Evaluation.Judged> judged) =>
        judged
            .Where(j =>
                j.Asked.MayAsk && j.Truth.Restricted && alarm.Rises(client, j.Asked.Request.Tenant, j.Asked.Request.Resource.Id, j.Asked.Request.Subject.Id)
            )
            .ToList();

    /// <summary>Says which client; a sensitive app is not named.</summary>
    private void Raise(WriteScope scope, Caller caller, Evaluation.Judged raised)
    {
        var resource = raised.Asked.Request.Resource;
        scope.Audit("alarm.enumeration", raised.Asked.Request.Tenant, caller.Key, TargetOf(resource));
        scope.Tell("alarm.enumeration", raised.Asked.Request.Tenant, new { client = caller.Key, app = raised.Truth.Sensitive ? null : resource.Id });
        telemetry.Alarmed();
        TooMany(caller.Key);
    }

    [LoggerMessage(LogLevel.Warning, "{Client} asked about unusually many people for a restricted app within an hour.")]
    private partial void TooMany(string client);
}
