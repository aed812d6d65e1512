using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Reports;

/// <summary><c>/v1/reports/as-of</c>: how an app stood, and what a person held, at an instant that is over. What is not on record is not worked out.</summary>
internal static class AsOfEndpoints
{
    public static void MapAsOf(this IEndpointRouteBuilder reports)
    {
        reports
            .MapGet("/as-of/apps/{app}", AppAsync)
            .WithName("GetAppAsOf")
            .WithSummary("How an app stood in a tenant at an instant: who could have it, by which rule, assessment, guidance and releases.")
            .Produces<AppAsOfView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders);
        reports
            .MapGet("/as-of/people/{subject}", PersonAsync)
            .WithName("GetPersonAsOf")
            .WithSummary("Which roles a person of the tenant held at an instant, from when to when, from what source, given by whom.")
            .Produces<PersonAsOfView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(ReportsSetup.Overseers);
    }

    /// <param name="at">Not after now; left out: now.</param>
    private static async Task<IResult> AppAsync(
        Caller caller,
        NameId app,
        AppAsOf asOf,
        EntitlementsDb db,
        TimeProvider clock,
        DateTimeOffset? at,
        string? tenant
    ) =>
        caller.TenantFor(tenant, CatalogueAccess.RuleReaders) is not { } own ? ReportsSetup.Elsewhere(tenant)
        : at > clock.GetUtcNow() ? Future()
        : await db.FindAppOfAsync(own, Resource.App, app.Value) is { } row ? TypedResults.Ok(await asOf.ReadAsync(row, own, at?.Cut() ?? clock.Now()))
        : Problems.NotFound();

    /// <param name="at">Not after now; left out: now.</param>
    private static async Task<IResult> PersonAsync(
        Caller caller,
        OpaqueId subject,
        PersonAsOf asOf,
        EntitlementsDb db,
        TimeProvider clock,
        DateTimeOffset? at,
        string? tenant
    )
    {
        if (caller.TenantFor(tenant, ReportsSetup.Overseers) is not { } own)
        {
            return ReportsSetup.Elsewhere(tenant);
        }
        if (at > clock.GetUtcNow())
        {
            return Future();
        }
        var knows = caller.Holds(Function.RoleAdmin, own) || caller.Holds(Function.DataProtectionOfficer, own);
        return await Subjects.FindAsync(db, own, issuer: null, subject.Value) is { } row
            ? TypedResults.Ok(await asOf.ReadAsync(row, at?.Cut() ?? clock.Now(), knows))
            : Problems.NotFound();
    }

    private static IResult Future() => Problems.BadRequest("at is not after now: what will be is not on record.", "invalid_filter");
}
