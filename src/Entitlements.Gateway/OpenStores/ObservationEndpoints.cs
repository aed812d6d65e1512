using System.Globalization;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.OpenStores;

/// <summary>Whether the store enforces what it is answered about an app.</summary>
/// <param name="EndedAt">Since when it does; null while it does not.</param>
internal sealed record ObservationView(string App, string Tenant, DateTimeOffset Since, DateTimeOffset Until, DateTimeOffset? EndedAt, long Version);

/// <summary>Until when an app is observed.</summary>
internal sealed record ObservationBody
{
    /// <summary>By when the store is to enforce: 90 days from now at most.</summary>
    public required DateTimeOffset Until { get; init; }
    public string? Reason { get; init; }
}

/// <summary>Who would be refused: how many, and a page of them.</summary>
/// <param name="Asked">People for whom the store asked since it began.</param>
/// <param name="Reported">People whom the store's own lists name.</param>
/// <param name="Unknown">Names in those lists that are nobody's here.</param>
/// <param name="WouldRefuse">People who have the app and would be refused.</param>
/// <param name="Items">Null where the caller is told how many, not who.</param>
internal sealed record ObservationPage(
    DateTimeOffset Since,
    DateTimeOffset Until,
    DateTimeOffset? EndedAt,
    int Asked,
    int Reported,
    int Unknown,
    int WouldRefuse,
    IReadOnlyList<ObservedView>? Items,
    string? NextCursor
);

/// <inheritdoc cref="ObservedPerson"/>
internal sealed record ObservedView(string Subject, bool Reported, int Asked, DateTimeOffset? LastAskedAt, bool HoldsRole, IReadOnlyList<string> Reasons);

/// <summary><c>/v1/apps/{app}/observation/{tenant}</c>: the store asks and does not refuse yet. Answers are as real as ever; who would be refused is counted.</summary>
internal static class ObservationEndpoints
{
    /// <summary>Names that are looked up at a time for a file.</summary>
    private const int Portion = 1000;
    private static readonly string[] Columns = ["subject", "reported", "asked", "last_asked_at", "holds_role", "reasons"];

    public static void MapObservations(this IEndpointRouteBuilder routes)
    {
        var observation = routes.MapGroup("/v1/apps/{app}/observation/{tenant}").WithTags("Open stores").InExercises();
        observation
            .MapGet("", GetAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("GetObservation")
            .WithSummary("Whether the store enforces what it is answered about the app, and until when it need not.")
            .Produces<ObservationView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        observation
            .MapPut("", PutAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("PutObservation")
            .WithSummary("Proposes that the store need not enforce yet; sooner acts at once. No answer changes by it.")
            .ProducesWrite();
        observation
            .MapDelete("", EndAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("EndObservation")
            .WithSummary("Proposes that the store enforces from now on.")
            .ProducesWrite();
        observation
            .MapGet("report", ReportAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("GetObservationReport")
            .WithSummary("Who has the app and would be refused: how many, and by name to the role-admin and the DPO.")
            .Produces<ObservationPage>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        observation
            .MapGet("report.csv", ExportAsync)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer)
            .WithName("ExportObservationReport")
            .WithSummary("All of them as a file.")
            .Produces<string>(contentType: "text/csv")
            .ProducesProblem(StatusCodes.Status404NotFound);
        observation
            .MapPost("holders", TakeHoldersAsync)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer)
            .WithName("ReportHolders")
            .WithSummary("Takes down who has the app already, as the store lists them.")
            .Produces<ReportedHolders>(StatusCodes.Status201Created)
            .ProducesWrite()
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        observation
            .MapDelete("holders/{file}", ForgetHoldersAsync)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer)
            .WithName("ForgetHolders")
            .WithSummary("Forgets such a list, told by its SHA-256.")
            .ProducesWrite();
    }

    private static async Task<IResult> GetAsync(HttpContext http, NameId app, NameId tenant, EntitlementsDb db) =>
        await FindAsync(db, app, tenant) is { } row
            ? WriteResults.OfResource(http, new ObservationView(row.App, row.Tenant, row.Since, row.Until, row.EndedAt, row.Version), row.Version)
            : Problems.NotFound();

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<ObservationBody> body, ChangeDesk desk)
    {
        Text.ReasonFaults(body.Value.Reason).ThrowIfAny();
        return (await desk.SubmitAsync(request.For(body.Value.Reason), new SetObservation(app.Value, tenant.Value, body.Value.Until.Cut()))).ToResult();
    }

    private static async Task<IResult> EndAsync(WriteRequest request, NameId app, NameId tenant, ChangeDesk desk, EntitlementsDb db, TimeProvider clock)
    {
        var refused = await FindAsync(db, app, tenant) is { } row ? (await ObservationReport.OfAsync(db, row, clock.Now())).Refused.Count : 0;
        return (await desk.SubmitAsync(request, new EndObservation(app.Value, tenant.Value, refused))).ToResult();
    }

    private static async Task<IResult> ReportAsync(NameId app, NameId tenant, Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var after = page.AfterNumber ?? 0;
        if (await FindAsync(db, app, tenant) is not { } row)
        {
            return Problems.NotFound();
        }
        var report = await ObservationReport.OfAsync(db, row, clock.Now());
        var counts = new ObservationPage(row.Since, row.Until, row.EndedAt, report.Asked, report.Reported, report.Unknown, report.Refused.Count, null, null);
        if (!caller.Holds(Function.RoleAdmin, tenant.Value) && !caller.Holds(Function.DataProtectionOfficer, tenant.Value))
        {
            return TypedResults.Ok(counts);
        }
        var shown = page.Of([.. report.Refused.Where(p => p.Key > after).Take(page.Limit + 1)], p => p.Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(counts with { Items = await NamedAsync(db, shown.Items), NextCursor = shown.NextCursor });
    }

    private static async Task<IResult> ExportAsync(NameId app, NameId tenant, EntitlementsDb db, TimeProvider clock)
    {
        if (await FindAsync(db, app, tenant) is not { } row)
        {
            return Problems.NotFound();
        }
        var report = await ObservationReport.OfAsync(db, row, clock.Now());
        return CsvFile.Of($"{row.App}-would-refuse.csv", Columns, RowsAsync(db, report));
    }

    private static async IAsyncEnumerable<string[]> RowsAsync(EntitlementsDb db, ObservationReport report)
    {
        foreach (var portion in report.Refused.Chunk(Portion))
        {
            foreach (var person in await NamedAsync(db, portion))
            {
                yield return
                [
                    person.Subject,
                    person.Reported ? "yes" : "no",
                    person.Asked.ToString(CultureInfo.InvariantCulture),
                    person.LastAskedAt?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) ?? "",
                    person.HoldsRole ? "yes" : "no",
                    string.Join(' ', person.Reasons),
                ];
            }
        }
    }

    private static async Task<IResult> TakeHoldersAsync(WriteRequest request, NameId app, NameId tenant, HolderFile file, ReportHolders holders) =>
        (await holders.TakeAsync(request, app.Value, tenant.Value, file)).ToResult();

    private static async Task<IResult> ForgetHoldersAsync(WriteRequest request, NameId app, NameId tenant, string file, ReportHolders holders) =>
        (await holders.ForgetAsync(request, app.Value, tenant.Value, file)).ToResult();

    private static Task<ObservationRow?> FindAsync(EntitlementsDb db, NameId app, NameId tenant) =>
        db.Observations.AsNoTracking().SingleOrDefaultAsync(o => o.App == app.Value && o.Tenant == tenant.Value);

    private static async Task<List<ObservedView>> NamedAsync(EntitlementsDb db, IReadOnlyList<ObservedPerson> people)
    {
        var names = await Subjects.IdsAsync(db, [.. people.Select(p => p.Key)]);
        return [.. people.Select(p => new ObservedView(names[p.Key], p.Reported, p.Asked, p.LastAskedAt, p.HoldsRole, p.Reasons))];
    }
}
