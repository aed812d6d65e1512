using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Requests;

/// <summary><c>/v1/tenants/{tenant}/roles/{role}/approval</c>: how a role is asked for, and who decides.</summary>
internal static class ApprovalEndpoints
{
    public static void MapApprovals(this IEndpointRouteBuilder routes)
    {
        var approval = routes.MapGroup("/v1/tenants/{tenant}/roles/{role}/approval").WithTags("Requests").InExercises();
        approval
            .MapGet("", ReadAsync)
            .PermitManaging(Function.RoleAdmin, Function.AppOwner, Function.Approver, Function.DataProtectionOfficer, Function.Auditor)
            .WithName("GetApprovalPolicy")
            .WithSummary("How the role is asked for; 404 where nobody can.")
            .Produces<ApprovalBody>();
        approval
            .MapPut("", WriteAsync)
            .PermitManaging(Function.RoleAdmin)
            .WithName("PutApprovalPolicy")
            .WithSummary("Proposes how the role is asked for. Requests that are open for it lose their ground when it is published.")
            .ProducesWrite();
        approval
            .MapDelete("", RemoveAsync)
            .PermitManaging(Function.RoleAdmin)
            .WithName("DeleteApprovalPolicy")
            .WithSummary("Nobody can ask for the role any more. Who holds it keeps it.")
            .ProducesWrite();
    }

    private static async Task<IResult> ReadAsync(NameId tenant, NameId role, HttpContext context, EntitlementsDb db) =>
        await ApprovalPolicies.FindAsync(db, tenant.Value, role.Value) is var (policy, version)
            ? WriteResults.OfResource(context, ApprovalBody.Of(policy), version)
            : Problems.NotFound();

    private static async Task<IResult> WriteAsync(NameId tenant, NameId role, WriteRequest request, Body<ApprovalBody> body, ChangeDesk desk)
    {
        body.Value.Faults().ThrowIfAny();
        var alteration = new ApprovalAlteration(tenant.Value, role.Value, body.Value.ToPolicy());
        return (await desk.SubmitAsync(request.For(body.Value.Reason), alteration)).ToResult();
    }

    private static async Task<IResult> RemoveAsync(NameId tenant, NameId role, WriteRequest request, ChangeDesk desk) =>
        (await desk.SubmitAsync(request, new ApprovalRemoval(tenant.Value, role.Value))).ToResult();
}
