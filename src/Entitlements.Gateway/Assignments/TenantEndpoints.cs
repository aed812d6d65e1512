using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary><c>/v1/tenants</c>: the forces that this installation serves; platform administrators alone make them.</summary>
internal static class TenantEndpoints
{
    public static void MapTenants(this IEndpointRouteBuilder routes)
    {
        var tenants = routes.MapGroup("/v1/tenants").WithTags("Tenants");
        tenants
            .MapGet("", ListAsync)
            .WithName("ListTenants")
            .WithSummary("Tenants in which the caller holds a function; all for platform administrators.")
            .Produces<Page<TenantView>>()
            .InExercises()
            .PermitManaging([Function.PlatformAdmin, .. Function.OfTenant]);
        tenants
            .MapGet("{tenant}", ReadAsync)
            .WithName("GetTenant")
            .WithSummary("One tenant.")
            .Produces<TenantView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .InExercises()
            .PermitManaging([Function.PlatformAdmin, .. Function.OfTenant]);
        tenants
            .MapPut("{tenant}", WriteAsync)
            .WithName("PutTenant")
            .WithSummary("Creates a tenant with its administrative roles, or renames it; another issuer becomes a change.")
            .ProducesWrite()
            .PermitManaging(Function.PlatformAdmin);
    }

    private static async Task<IResult> ListAsync(Caller caller, PageQuery page, EntitlementsDb db)
    {
        var own = ChangeVisibility.TenantsOf(caller);
        var all = caller.IsPlatformAdmin;
        var rows = await db.Tenants.AsNoTracking().Where(t => all || own.Contains(t.Id)).ToListAsync();
        var shown = rows.OrderBy(t => t.Id, StringComparer.Ordinal).Where(t => page.After is null || string.CompareOrdinal(t.Id, page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1).Select(TenantView.Of)], t => t.Tenant));
    }

    private static async Task<IResult> ReadAsync(NameId tenant, HttpContext context, EntitlementsDb db)
    {
        var row = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(t => t.Id == tenant.Value);
        return WriteResults.OfResource(context, row is null ? null : TenantView.Of(row), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(NameId tenant, WriteRequest request, Body<TenantBody> body, TrustedProviders providers, ChangeDesk desk)
    {
        var (name, issuer) = (body.Value.Name, body.Value.Issuer);
        if (Names.FaultOf("/name", name) is { } fault)
        {
            return fault;
        }
        return Issuers.FaultOf(providers, issuer, tenant.Value, "/issuer")
            ?? (await desk.SubmitAsync(request, new TenantAlteration(tenant.Value, name, issuer))).ToResult();
    }

    /// <param name="Name">Shown to people; 1 to 200 characters.</param>
    /// <param name="Issuer">Home issuer, in which subject ids are looked up: a configured provider that lists this tenant.</param>
    internal sealed record TenantBody(string Name, string Issuer);

    /// <param name="ExerciseOf">The force that it is an exercise of; null for a force.</param>
    /// <param name="ExerciseUntil">When the exercise is over.</param>
    internal sealed record TenantView(string Tenant, string Name, string Issuer, string? ExerciseOf, DateTimeOffset? ExerciseUntil)
    {
        public static TenantView Of(TenantRow row) => new(row.Id, row.Name, row.Issuer, row.ExerciseOf, row.ExerciseUntil);
    }
}
