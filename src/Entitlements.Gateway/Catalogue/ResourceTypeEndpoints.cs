using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>A resource type as it is written.</summary>
internal sealed record ResourceTypeBody
{
    public required IReadOnlyList<NameId> Actions { get; init; }

    /// <summary>Callers vouch for subject properties: only then may conditions look at them.</summary>
    public bool SubjectProperties { get; init; }
    public string? Reason { get; init; }
}

internal sealed record ResourceTypeView(string Type, IReadOnlyList<string> Actions, bool SubjectProperties, long Version);

/// <summary><c>/v1/resource-types</c>: kinds of resource besides apps, for the whole installation.</summary>
internal static class ResourceTypeEndpoints
{
    public static void MapResourceTypes(this IEndpointRouteBuilder routes)
    {
        var types = routes.MapGroup("/v1/resource-types").WithTags("Resource types");
        types
            .MapGet("/{type}", GetAsync)
            .PermitManaging(CatalogueAccess.Readers)
            .InExercises()
            .WithName("GetResourceType")
            .WithSummary("One resource type and its actions.")
            .Produces<ResourceTypeView>();
        types
            .MapPut("/{type}", PutAsync)
            .PermitManaging(Function.PlatformAdmin)
            .WithName("PutResourceType")
            .WithSummary("Catalogues a resource type; what widens becomes a change that another platform administrator votes on.")
            .ProducesWrite();
    }

    private static async Task<IResult> GetAsync(HttpContext http, NameId type, EntitlementsDb db, CancellationToken cancellation)
    {
        if (await db.ResourceTypes.AsNoTracking().SingleOrDefaultAsync(t => t.Type == type.Value, cancellation) is not { } row)
        {
            return Problems.NotFound();
        }
        return WriteResults.OfResource(http, new ResourceTypeView(row.Type, row.Actions, row.SubjectProperties, row.Version), row.Version);
    }

    private static async Task<IResult> PutAsync(WriteRequest request, NameId type, Body<ResourceTypeBody> body, ChangeDesk desk)
    {
        Faults().ThrowIfAny();
        var set = new SetResourceType(type.Value, [.. body.Value.Actions.Select(a => a.Value).Distinct()], body.Value.SubjectProperties);
        return (await desk.SubmitAsync(request.For(body.Value.Reason), set)).ToResult();

        IEnumerable<(string, string)> Faults()
        {
            if (type.Value is Resource.App or "user")
            {
                yield return ("", "this type is the product's own");
            }
            if (body.Value.Actions.Count is 0 or > 50)
            {
                yield return ("/actions", "must name 1 to 50 actions");
            }
            foreach (var fault in Text.ReasonFaults(body.Value.Reason))
            {
                yield return fault;
            }
        }
    }
}
