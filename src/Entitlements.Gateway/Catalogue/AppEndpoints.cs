using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>An app as its readers see it.</summary>
internal sealed record AppView(
    string Id,
    string Type,
    string Name,
    string Owner,
    Distribution Distribution,
    string? PackageId,
    string? SignerDigest,
    Visibility Visibility,
    bool HighRisk,
    bool PersonProof,
    int? DeviceLimit,
    long Version
)
{
    public static AppView Of(AppRow app) =>
        new(
            app.Id,
            app.Type,
            app.Name,
            app.Owner,
            app.Distribution,
            app.PackageId,
            app.SignerDigest,
            app.Visibility,
            app.HighRisk,
            app.PersonProof,
            app.DeviceLimit,
            app.Version
        );
}

/// <summary><c>/v1/apps</c> and who adopted them. <c>?type=</c> names another catalogued resource type; default <c>app</c>.</summary>
internal static class AppEndpoints
{
    public static void MapApps(this IEndpointRouteBuilder routes)
    {
        var apps = routes.MapGroup("/v1/apps").WithTags("Apps");
        apps.MapGet("", ListAsync)
            .PermitManaging(CatalogueAccess.Readers)
            .InExercises()
            .WithName("ListApps")
            .WithSummary("Apps that the caller's tenants own or adopted.")
            .Produces<Page<AppView>>();
        apps.MapGet("/{app}", GetAsync).PermitManaging(CatalogueAccess.Readers).InExercises().WithName("GetApp").WithSummary("One app.").Produces<AppView>();
        apps.MapGet("/{app}/life/{tenant}", LifeAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .InExercises()
            .WithName("GetAppLife")
            .WithSummary("Where an app is in its life in a tenant, and what it would need to be live.")
            .Produces<AppLife>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        apps.MapPut("/{app}", PutAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("PutApp")
            .WithSummary("Creates an app as a draft, or alters one; what widens becomes a change.")
            .ProducesWrite();
        apps.MapPut("/{app}/adoptions/{tenant}", AdoptAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("AdoptApp")
            .WithSummary("Takes up another tenant's listed app; opens it to nobody yet.")
            .ProducesWrite();
        apps.MapDelete("/{app}/adoptions/{tenant}", AbandonAsync)
            .PermitManaging(Function.AppOwner)
            .WithName("AbandonApp")
            .WithSummary("Gives up an adopted app, and with it the tenant's rules for it.")
            .ProducesWrite();
    }

    private static async Task<IResult> ListAsync(Caller caller, EntitlementsDb db, PageQuery page, string? type, CancellationToken cancellation)
    {
        var rows = await db.AppsSeenBy(caller)
            .Where(a => a.Type == (type ?? Resource.App) && (page.After == null || a.Id.CompareTo(page.After) > 0))
            .OrderBy(a => a.Id)
            .Take(page.Limit + 1)
            .ToListAsync(cancellation);
        return Results.Ok(page.Of([.. rows.Select(AppView.Of)], a => a.Id));
    }

    private static async Task<IResult> GetAsync(HttpContext http, Caller caller, NameId app, EntitlementsDb db, string? type, CancellationToken cancellation)
    {
        if (await db.AppsSeenBy(caller).SingleOrDefaultAsync(a => a.Type == (type ?? Resource.App) && a.Id == app.Value, cancellation) is not { } row)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(http, AppView.Of(row), row.Version);
    }

    private static async Task<IResult> LifeAsync(NameId app, NameId tenant, EntitlementsDb db, TimeProvider clock) =>
        await db.FindAppOfAsync(tenant.Value, Resource.App, app.Value) is { } row
            ? TypedResults.Ok(await AppLife.OfAsync(db, row, tenant.Value, clock.Now()))
            : Problems.NotFound();

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, Body<AppBody> body, ChangeDesk desk, string? type)
    {
        var alteration = body.Value.ToAlteration(type ?? Resource.App, app.Value);
        return request.Caller.Holds(Function.AppOwner, alteration.Owner)
            ? (await desk.SubmitAsync(request.For(body.Value.Reason), alteration)).ToResult()
            : Problems.NotFound();
    }

    private static async Task<IResult> AdoptAsync(WriteRequest request, NameId app, NameId tenant, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new AdoptApp(app.Value, tenant.Value))).ToResult();

    private static async Task<IResult> AbandonAsync(WriteRequest request, NameId app, NameId tenant, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new AbandonApp(app.Value, tenant.Value))).ToResult();
}
