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
    long Version
);

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
            .WithSummary("Approves by a data protection officer's vote; refuses or shortens at once.")
            .ProducesWrite();
    }

    private static async Task<IResult> GetAsync(HttpContext http, NameId app, NameId tenant, EntitlementsDb db, CancellationToken cancellation)
    {
        if (await db.Assessments.AsNoTracking().SingleOrDefaultAsync(a => a.App == app.Value && a.Tenant == tenant.Value, cancellation) is not { } row)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(
            http,
            new AssessmentView(row.App, row.Tenant, row.Outcome, row.InForceUntil, row.Grace, CapabilityView.Of(row.Covers), row.Version),
            row.Version
        );
    }

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<AssessmentBody> body, ChangeDesk desk)
    {
        Faults(body.Value).ThrowIfAny();
        var until = body.Value.InForceUntil; // both databases keep microseconds
        var assessment = new SetAssessment(
            app.Value,
            tenant.Value,
            body.Value.Outcome,
            until.AddTicks(-(until.Ticks % TimeSpan.TicksPerMicrosecond)),
            body.Value.Grace ?? SetAssessment.DefaultGrace
        )
        {
            Covers = [.. body.Value.Covers.Distinct().Order(StringComparer.Ordinal)],
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
        foreach (var fault in Text.ReasonFaults(body.Reason, required: true))
        {
            yield return fault;
        }
    }
}
