using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary><c>/v1/tenants/{tenant}/roles/{role}/equivalents/{home}</c>: which role of another force is as good as this one.</summary>
internal static class EquivalentEndpoints
{
    public static void MapEquivalents(this IEndpointRouteBuilder routes)
    {
        var equivalents = routes.MapGroup("/v1/tenants/{tenant}/roles/{role}/equivalents/{home}").WithTags("Mutual aid");
        equivalents
            .MapGet("", ReadAsync)
            .WithName("GetEquivalentRole")
            .WithSummary("The role of another force to which this one is declared equivalent.")
            .Produces<EquivalentView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Function.RoleAdmin, Function.Approver, Function.DataProtectionOfficer, Function.Auditor);
        equivalents
            .MapPut("", WriteAsync)
            .WithName("PutEquivalentRole")
            .WithSummary("Declares the role equivalent to one of another force: a change. Aid that rested on another one ends.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
        equivalents
            .MapDelete("", RemoveAsync)
            .WithName("DeleteEquivalentRole")
            .WithSummary("Takes the declaration back: what rests on it ends at once.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin);
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId role, NameId home, HttpContext context, EntitlementsDb db)
    {
        var row = await db.Equivalents.AsNoTracking().SingleOrDefaultAsync(e => e.Tenant == tenant.Value && e.Role == role.Value && e.Home == home.Value);
        return WriteResults.OfResource(context, row is null ? null : new EquivalentView(row.HomeRole), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(NameId tenant, NameId role, NameId home, WriteRequest request, Body<EquivalentBody> body, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new EquivalentAlteration(tenant.Value, role.Value, home.Value, body.Value.Role.Value))).ToResult();

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId role, NameId home, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new EquivalentRemoval(tenant.Value, role.Value, home.Value))).ToResult();

    internal sealed record EquivalentBody
    {
        /// <summary>The other force's role.</summary>
        public required NameId Role { get; init; }
    }

    /// <param name="Role">The other force's role.</param>
    internal sealed record EquivalentView(string Role);
}
