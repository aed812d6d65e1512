using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What device management says that an installed release can do.</summary>
internal sealed record SeenReleaseBody
{
    /// <summary>The app's owner; may be left out by a client of one tenant only.</summary>
    public NameId? Tenant { get; init; }

    /// <summary>Package or bundle id, as the app has it.</summary>
    public required string PackageId { get; init; }
    public required NameId Platform { get; init; }

    /// <summary>As the platform shows it; upper and lower case are one.</summary>
    public required string Version { get; init; }

    /// <summary>All that the platform lists for it, by its own names.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    public IEnumerable<(string Pointer, string Error)> Faults()
    {
        if (!Text.IsToken(PackageId, 255))
        {
            yield return ("/package_id", "must be a package or bundle id of 1 to 255 letters, digits and . - _");
        }
        if (!Text.IsLine(Version, 64))
        {
            yield return ("/version", "must be 1 to 64 characters on one line");
        }
        if (CapabilityView.FaultOf(Capabilities) is { } unusable)
        {
            yield return ("/capabilities", unusable);
        }
    }
}

/// <summary><c>POST /v1/inventory/releases</c>: for device management, of apps whose bytes are in a managed store.</summary>
internal static class InventoryEndpoints
{
    public static void MapInventory(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/inventory/releases", SeeAsync)
            .WithTags("Inventory")
            .Permit(Scopes.WriteInventory)
            .WithName("ReportRelease")
            .WithSummary("What an installed release was found to be able to do. What its owner did not declare holds it at once where no assessment covers it.")
            .ProducesWrite();

    private static async Task<IResult> SeeAsync(WriteRequest request, Body<SeenReleaseBody> body, EntitlementsDb db, ChangeDesk desk)
    {
        var seen = body.Value;
        seen.Faults().ThrowIfAny();
        var call = StoreCall.Of(request.Caller, seen.Tenant);
        var version = seen.Version.ToLowerInvariant();
        var app = await db
            .Apps.Where(a => a.Type == Resource.App && a.Owner == call.Tenant && a.Distribution == Distribution.ManagedStore && a.PackageId == seen.PackageId)
            .Where(a => db.Releases.Any(r => r.App == a.Id && r.ReleaseVersion == version && r.Platform == seen.Platform.Value))
            .OrderBy(a => a.Id)
            .Select(a => a.Id)
            .FirstOrDefaultAsync();
        return !call.MayAsk || app is null
            ? Problems.NotFound()
            : (await desk.SubmitAsync(request, new SeeRelease(app, call.Tenant, version, seen.Platform.Value, [.. seen.Capabilities.Distinct()]))).ToResult();
    }
}
