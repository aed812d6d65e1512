using System.Text.Json;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Exercises;

/// <summary><c>/v1/tenants/{tenant}/exercises</c>: drills of a force on a copy of itself.</summary>
internal static class ExerciseEndpoints
{
    private static readonly string[] Readers =
    [
        Function.RoleAdmin,
        Function.AppOwner,
        Function.Approver,
        Function.DataProtectionOfficer,
        Function.Auditor,
        Function.PlatformAdmin,
    ];

    public static void MapExercises(this IEndpointRouteBuilder routes)
    {
        var exercises = routes.MapGroup("/v1/tenants/{tenant}/exercises").WithTags("Exercises");
        exercises
            .MapPost("", StartAsync)
            .WithName("StartExercise")
            .WithSummary("Copies the tenant for a drill that touches nothing real, and deletes itself after its end.")
            .Produces<StartedExercise>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .PermitManaging(Function.RoleAdmin);
        exercises
            .MapGet("", ListAsync)
            .WithName("ListExercises")
            .WithSummary("The tenant's exercises, running and past, the first first.")
            .Produces<Page<ExerciseView>>()
            .PermitManaging(Readers);
        exercises
            .MapGet("{exercise}", ReadAsync)
            .WithName("GetExercise")
            .WithSummary("One exercise: who, when, and how much was copied and deleted.")
            .Produces<ExerciseView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Readers);
        exercises
            .MapDelete("{exercise}", EndAsync)
            .WithName("EndExercise")
            .WithSummary("Ends an exercise at once. Its rows are deleted after that.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> StartAsync(NameId tenant, WriteRequest request, Body<ExerciseBody> body, StartExercise start)
    {
        var given = body.Value;
        if (Names.FaultOf("/name", given.Name) is { } fault)
        {
            return fault;
        }
        Text.ReasonFaults(given.Reason, required: true).ThrowIfAny();
        return (await start.StartAsync(request.For(given.Reason), tenant.Value, given.Name, given.Until.ToUniversalTime().Cut())).ToResult();
    }

    private static async Task<IResult> EndAsync(NameId tenant, NameId exercise, WriteRequest request, EndExercise end) =>
        (await end.EndAsync(request, tenant.Value, exercise.Value)).ToResult();

    private static async Task<IResult> ListAsync(NameId tenant, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var now = clock.Now();
        var rows = await db.Exercises.AsNoTracking().Where(e => e.Tenant == tenant.Value).ToListAsync();
        var shown = rows.OrderBy(KeyOf, StringComparer.Ordinal).Where(e => page.After is null || string.CompareOrdinal(KeyOf(e), page.After) > 0);
        var some = page.Of([.. shown.Take(page.Limit + 1)], KeyOf);
        return TypedResults.Ok(new Page<ExerciseView>([.. some.Items.Select(e => ExerciseView.Of(e, now))], some.NextCursor));

        static string KeyOf(ExerciseRow row) => FormattableString.Invariant($"{row.StartedAt:O} {row.Id}");
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId exercise, EntitlementsDb db, TimeProvider clock) =>
        await db.Exercises.AsNoTracking().SingleOrDefaultAsync(e => e.Id == exercise.Value && e.Tenant == tenant.Value) is { } row
            ? TypedResults.Ok(ExerciseView.Of(row, clock.Now()))
            : Problems.NotFound();
}

/// <param name="Name">Shown to people; 1 to 200 characters.</param>
/// <param name="Until">First instant at which it is over; at most 14 days ahead.</param>
/// <param name="Reason">Why; kept in the audit record.</param>
internal sealed record ExerciseBody(string Name, DateTimeOffset Until, string Reason);

/// <param name="Exercise">The id of the copied tenant, and what <c>Entitlements-Exercise</c> names.</param>
internal sealed record StartedExercise(string Exercise, DateTimeOffset Until, long Revision);

/// <summary>How far an exercise has come.</summary>
internal enum ExerciseState
{
    Running,

    /// <summary>Over: nobody acts in it, and nothing is decided. It is being deleted.</summary>
    Ended,
    Deleted,
}

/// <param name="StartedBy">As the audit record names them.</param>
/// <param name="EndedBy">Null while it runs, and where its time was over.</param>
/// <param name="Copied">Rows that were copied, by table.</param>
/// <param name="Deleted">Rows that were deleted, by table: with them what was made in it.</param>
internal sealed record ExerciseView(
    string Exercise,
    string Name,
    string Reason,
    ExerciseState State,
    string StartedBy,
    DateTimeOffset StartedAt,
    DateTimeOffset Until,
    string? EndedBy,
    DateTimeOffset? EndedAt,
    DateTimeOffset? DeletedAt,
    IReadOnlyDictionary<string, long> Copied,
    IReadOnlyDictionary<string, long> Deleted
)
{
    public static ExerciseView Of(ExerciseRow row, DateTimeOffset now) =>
        new(
            row.Id,
            row.Name,
            row.Reason,
            row.DeletedAt is not null ? ExerciseState.Deleted
                : row.EndedAt is not null || row.Until <= now ? ExerciseState.Ended
                : ExerciseState.Running,
            row.StartedBy,
            row.StartedAt,
            row.Until,
            row.EndedBy,
            row.EndedAt ?? (row.Until <= now ? row.Until : null),
            row.DeletedAt,
            Counts(row.Copied),
            Counts(row.Deleted)
        );

    private static Dictionary<string, long> Counts(string json) => JsonSerializer.Deserialize<Dictionary<string, long>>(json)!;
}
