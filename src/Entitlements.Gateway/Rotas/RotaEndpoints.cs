using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Rotas;

/// <summary><c>/v1/rotas</c>: which duty rotas a tenant has.</summary>
internal static class RotaEndpoints
{
    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        var rotas = routes.MapGroup("/v1/rotas").WithTags("Rotas").InExercises();
        rotas
            .MapGet("", ListAsync)
            .WithName("ListRotas")
            .WithSummary(
                "The tenant's duty rotas, when each was last fed, and whether somebody is on duty for the next 48 hours; to people of a pool those that are theirs."
            )
            .Produces<Page<RotaView>>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, RotaSight.Readers);
        rotas
            .MapGet("{rota}", ReadAsync)
            .WithName("GetRota")
            .WithSummary("One rota; to officers and to people of its pool.")
            .Produces<RotaView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .Permit(Scopes.Manage, anyPerson: true, RotaSight.Readers);
        rotas
            .MapPut("{rota}", WriteAsync)
            .WithName("PutRota")
            .WithSummary("Registers or alters a rota: whose duty it is, by which clock, and who may feed it. A change.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        rotas
            .MapDelete("{rota}", RemoveAsync)
            .WithName("DeleteRota")
            .WithSummary("Takes a rota out: nobody is on duty by it any more, at once.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> ListAsync(Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock, string? tenant)
    {
        if (RotaSight.TenantOf(caller, tenant, RotaSight.Readers) is not { } of)
        {
            return RotaSight.NoTenant(caller, tenant);
        }
        var now = clock.Now();
        var rows = await RotaSight.ListedAsync(db, caller, of, now);
        var shown = rows.OrderBy(r => r.Id, StringComparer.Ordinal).Where(r => page.After is null || string.CompareOrdinal(r.Id, page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1).Select(r => RotaView.Of(r, now))], r => r.Rota));
    }

    private static async Task<IResult> ReadAsync(NameId rota, Caller caller, HttpContext context, EntitlementsDb db, TimeProvider clock, string? tenant)
    {
        if (RotaSight.TenantOf(caller, tenant, RotaSight.Readers) is not { } of)
        {
            return RotaSight.NoTenant(caller, tenant);
        }
        var now = clock.Now();
        var row = (await RotaSight.ListedAsync(db, caller, of, now)).Find(r => r.Id == rota.Value);
        return WriteResults.OfResource(context, row is null ? null : RotaView.Of(row, now), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(NameId rota, WriteRequest request, Body<RotaBody> body, TrustedProviders providers, ChangeDesk desk)
    {
        body.Value.Faults(providers).ThrowIfAny();
        if (request.Caller.TenantFor(body.Value.Tenant?.Value, Function.RoleAdmin) is not { } tenant)
        {
            return body.Value.Tenant is null ? Problems.BadRequest(("/tenant", "is required: the caller acts for several tenants")) : Problems.NotFound();
        }
        return (await desk.SubmitAsync(request, body.Value.ToAlteration(tenant, rota.Value, providers))).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId rota, WriteRequest request, ChangeDesk desk, string? tenant) =>
        request.Caller.TenantFor(tenant, Function.RoleAdmin) is { } of
            ? (await desk.SubmitAsync(request, new RotaRemoval(of, rota.Value))).ToResult()
            : RotaSight.NoTenant(request.Caller, tenant);
}
