using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.OpenStores;

/// <summary>What an import would do, before anybody proposes it.</summary>
/// <param name="FileSha256">Of the file, 64 lower-case hex digits.</param>
/// <param name="Lines">How many the file has, without its header; each is in one of the two lists.</param>
/// <param name="Audience">People whom the apps that the role opens reach, before and after; null where the list brings nobody in.</param>
internal sealed record ImportPreview(
    string FileSha256,
    int Lines,
    DateTimeOffset Until,
    Audience? Audience,
    IReadOnlyList<string> People,
    IReadOnlyList<LeftOutLine> LeftOut
);

/// <summary><c>/v1/tenants/{tenant}/roles/{role}/holder-imports</c>: who has an app in a store that was open to all goes on having it, for a time, by a role and a vote.</summary>
internal static class ImportEndpoints
{
    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        var imports = routes.MapGroup("/v1/tenants/{tenant}/roles/{role}/holder-imports").WithTags("Open stores").InExercises();
        imports
            .MapPost("", ProposeAsync)
            .WithName("ImportHolders")
            .WithSummary("Proposes that the people of a list hold the role until then; each is put into a review.")
            .ProducesWrite()
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .PermitManaging(Function.RoleAdmin);
        imports
            .MapPost("preview", PreviewAsync)
            .WithName("PreviewImport")
            .WithSummary("Whom a list means, whom it would reach, and which lines mean nobody. Nothing is kept.")
            .Produces<ImportPreview>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> ProposeAsync(
        NameId tenant,
        NameId role,
        WriteRequest request,
        HolderFile file,
        ChangeDesk desk,
        EntitlementsDb db,
        TimeProvider clock,
        DateTimeOffset until
    ) =>
        (
            await desk.SubmitAsync(request, await HoldersImport.PlanAsync(db, tenant.Value, role.Value, until.Cut(), file, request.Caller, clock.Now()))
        ).ToResult();

    private static async Task<IResult> PreviewAsync(
        NameId tenant,
        NameId role,
        Caller caller,
        HolderFile file,
        Writes writes,
        EntitlementsDb db,
        TimeProvider clock,
        DateTimeOffset until
    )
    {
        var import = await HoldersImport.PlanAsync(db, tenant.Value, role.Value, until.Cut(), file, caller, clock.Now());
        var (refusal, audience) = await writes.RecordAsync(async scope =>
        {
            var weight = await import.WeighAsync(scope);
            return scope.Abandon((weight.Refusal, weight.Refusal is null ? await ChangeDesk.MeasureAsync(scope, import, weight) : null));
        });
        return refusal is null || refusal == HoldersImport.Nobody
            ? TypedResults.Ok(new ImportPreview(import.FileSha256, import.Lines, import.Until, audience, import.People, import.LeftOut))
            : refusal.ToResult();
    }
}
