using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary><c>/v1/apps/{app}/drafts/{tenant}</c>: what one force shares of an app, for another to begin with.</summary>
internal static class DraftEndpoints
{
    public static void MapDrafts(this IEndpointRouteBuilder routes)
    {
        var drafts = routes.MapGroup("/v1/apps/{app}/drafts/{tenant}").WithTags("Drafts").InExercises();
        drafts
            .MapGet("export", ExportAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("ExportDraft")
            .WithSummary("Assessment, guidance and rule of an app as they stand, without names, to give to another force.")
            .Produces<AppDraft>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        drafts
            .MapGet("", GetAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("GetDraft")
            .WithSummary("The draft that was brought in.")
            .Produces<AppDraft>();
        drafts
            .MapPut("", PutAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("ImportDraft")
            .WithSummary("Brings in what another force shared. It opens nothing: what is to stand is proposed as ever.")
            .ProducesWrite();
    }

    private static async Task<IResult> ExportAsync(NameId app, NameId tenant, EntitlementsDb db) =>
        await db.FindAppOfAsync(tenant.Value, Resource.App, app.Value) is { } row
            ? TypedResults.Ok(await AppDraft.OfAsync(db, row, tenant.Value))
            : Problems.NotFound();

    private static async Task<IResult> GetAsync(HttpContext http, NameId app, NameId tenant, EntitlementsDb db, CancellationToken cancellation) =>
        await db.AppDrafts.AsNoTracking().SingleOrDefaultAsync(d => d.App == app.Value && d.Tenant == tenant.Value, cancellation) is { } row
            ? WriteResults.OfResource(http, JsonSerializer.Deserialize<AppDraft>(row.Content, StoredJson.Options), row.Version)
            : Problems.NotFound();

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<AppDraft> body, ChangeDesk desk)
    {
        body.Value.Faults().ThrowIfAny();
        return (await desk.SubmitAsync(request, new ImportDraft(app.Value, tenant.Value, body.Value))).ToResult();
    }
}
