using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Exactly one of the three names.</summary>
internal sealed record ResolveBody
{
    /// <summary>User principal name.</summary>
    public string? Upn { get; init; }
    public string? EmployeeNumber { get; init; }

    /// <summary>An identifier by which device management knows a device.</summary>
    public string? MdmDeviceId { get; init; }

    /// <summary>For clients of several tenants.</summary>
    public NameId? Tenant { get; init; }
}

/// <summary>One of the two.</summary>
internal sealed record ResolvedView(ResolvedSubject? Subject, ResolvedDevice? Device);

internal sealed record ResolvedSubject(string Type, string Id, SubjectProperties Properties);

internal sealed record ResolvedDevice(string Id);

/// <summary><c>POST /v1/subjects/resolve</c>, for stores: from a name they know to the id that this product goes by. 404 for none, for several, and for another tenant's.</summary>
internal static class ResolveEndpoint
{
    public static void MapResolve(this IEndpointRouteBuilder store) =>
        store
            .MapPost("/subjects/resolve", HandleAsync)
            .Permit(Scopes.Evaluate)
            .WithName("ResolveSubject")
            .WithSummary("Exactly one active subject or device of the caller's tenant, else nothing.")
            .Produces<ResolvedView>()
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> HandleAsync(Caller caller, Body<ResolveBody> body, ResolveSubject resolve)
    {
        string?[] given = [body.Value.Upn, body.Value.EmployeeNumber, body.Value.MdmDeviceId];
        if (given.Count(g => g is not null) != 1 || !given.All(g => g is null || Text.IsLine(g, 256)))
        {
            return Problems.BadRequest(("", "give exactly one of upn, employee_number and mdm_device_id, of 1 to 256 characters"));
        }
        var call = StoreCall.Of(caller, body.Value.Tenant);
        if (!call.MayAsk)
        {
            return Problems.NotFound();
        }
        if (body.Value.MdmDeviceId is { } identifier)
        {
            return await resolve.DeviceAsync(call.Tenant, identifier) is { } device ? Results.Ok(new ResolvedView(null, new(device))) : Problems.NotFound();
        }
        var found = body.Value.Upn is { } name
            ? await resolve.ByUserPrincipalNameAsync(call.Tenant, name)
            : await resolve.ByEmployeeNumberAsync(call.Tenant, body.Value.EmployeeNumber!);
        return found is null ? Problems.NotFound() : Results.Ok(new ResolvedView(new("user", found.Id, new() { Iss = found.Issuer }), null));
    }
}
