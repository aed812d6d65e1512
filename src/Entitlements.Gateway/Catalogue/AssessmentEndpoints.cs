using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>An assessment as it is proposed.</summary>
internal sealed record AssessmentBody
{
    public required AssessmentOutcome Outcome { get; init; }

    /// <summary>The review date.</summary>
    public required DateTimeOffset InForceUntil { get; init; }

    /// <summary>P0D to P30D, default P7D: how long who redeemed before the review date goes on after it.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Capabilities that were looked at, by the platform's own names (<c>android.permission.RECORD_AUDIO</c>): a release that asks for more is held.</summary>
    public IReadOnlyList<string> Covers { get; init; } = [];

    /// <summary>What it says: needed in full to approve, with <c>screening</c> where none is needed. Left out of a refusal: what it said before.</summary>
    public AssessmentRecord? Record { get; init; }

    /// <summary>What it rests on.</summary>
    public required string Reason { get; init; }
}

internal sealed record AssessmentView(
    string App,
    string Tenant,
    AssessmentOutcome Outcome,
    DateTimeOffset InForceUntil,
    TimeSpan Grace,
    IReadOnlyList<CapabilityView> Covers,
    AssessmentRecord? Record,
    OpinionView? Opinion,
    long Version
);

/// <summary>What the data protection officer said with the vote that put the assessment last published in force.</summary>
internal sealed record OpinionView(string Person, string Text, DateTimeOffset At, string Change);

/// <summary><c>/v1/apps/{app}/assessments/{tenant}</c>.</summary>
internal static class AssessmentEndpoints
{
    public static void MapAssessments(this IEndpointRouteBuilder routes)
    {
        var assessments = routes.MapGroup("/v1/apps/{app}/assessments/{tenant}").WithTags("Assessments").InExercises();
        assessments
            .MapGet("", GetAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("GetAssessment")
            .WithSummary("A tenant's data protection impact assessment of an app.")
            .Produces<AssessmentView>();
        assessments
            .MapPut("", PutAsync)
            .PermitManaging(Function.AppOwner, Function.DataProtectionOfficer)
            .WithName("PutAssessment")
            .WithSummary("Approves by a data protection officer's vote, and an approver's where the app is high risk; refuses or shortens at once.")
            .ProducesWrite();
    }

    private static async Task<IResult> GetAsync(HttpContext http, NameId app, NameId tenant, EntitlementsDb db, CancellationToken cancellation)
    {
        if (await db.Assessments.AsNoTracking().SingleOrDefaultAsync(a => a.App == app.Value && a.Tenant == tenant.Value, cancellation) is not { } row)
        {
            return Problems.NotFound();
        }
        var view = new AssessmentView(
            row.App,
            row.Tenant,
            row.Outcome,
            row.InForceUntil,
            row.Grace,
            CapabilityView.Of(row.Covers),
            row.ReadRecord(),
            await OpinionAsync(db, row, cancellation),
            row.Version
        );
        return WriteResults.OfResource(http, view, row.Version);
    }

    private static async Task<OpinionView?> OpinionAsync(EntitlementsDb db, AssessmentRow row, CancellationToken cancellation)
    {
        var target = SetAssessment.TargetOf(row.App, row.Tenant);
        return await (
            from change in db.Changes
            join vote in db.Votes on change.Id equals vote.Change
            where change.Target == target && change.State == ChangeState.Published && vote.Function == row.Tenant + "/" + Function.DataProtectionOfficer
            orderby change.Revision descending
            select new OpinionView(vote.Person, vote.Reason, vote.At, change.Id)
        ).FirstOrDefaultAsync(cancellation);
    }

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<AssessmentBody> body, ChangeDesk desk)
    {
        Faults(body.Value).ThrowIfAny();
        var assessment = new SetAssessment(
            app.Value,
            tenant.Value,
            body.Value.Outcome,
            body.Value.InForceUntil.Cut(),
            body.Value.Grace ?? SetAssessment.DefaultGrace
        )
        {
            Covers = [.. body.Value.Covers.Distinct().Order(StringComparer.Ordinal)],
            Record = body.Value.Record,
        };
        return (await desk.SubmitAsync(request.For(body.Value.Reason), assessment)).ToResult();
    }

    private static IEnumerable<(string, string)> Faults(AssessmentBody body)
    {
        if (body.Grace is { } grace && (grace < TimeSpan.Zero || grace > SetAssessment.LongestGrace || grace.Ticks % TimeSpan.TicksPerSecond != 0))
        {
            yield return ("/grace", "must be P0D to P30D, in whole seconds");
        }
        if (CapabilityView.FaultOf(body.Covers) is { } unusable)
        {
            yield return ("/covers", unusable);
        }
        if (body.Record is null && body.Outcome != AssessmentOutcome.Refused)
        {
            yield return ("/record", "is needed: what the assessment, or the screening, says");
        }
        foreach (var fault in body.Record?.FaultsFor(body.Outcome) ?? [])
        {
            yield return fault;
        }
        foreach (var fault in Text.ReasonFaults(body.Reason, required: true))
        {
            yield return fault;
        }
    }
}
