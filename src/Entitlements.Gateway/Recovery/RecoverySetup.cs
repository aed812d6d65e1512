using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Recovery;

/// <summary>The installation as its platform administrators see it.</summary>
/// <param name="SafeModeSince">Since when everything is refused; null: it is not.</param>
/// <param name="RecoveredAt">When an operator recovered it from this SAFE MODE; null: not yet.</param>
internal sealed record InstallationView(DateTimeOffset? SafeModeSince, DateTimeOffset? RecoveredAt, long Revision, long Recoveries);

/// <summary>What to do when the database went back in time.</summary>
internal static class RecoverySetup
{
    public static void AddRecovery(this WebApplicationBuilder builder) => builder.Services.AddAlteration<LiftSafeMode>("safe_mode.end");

    public static void MapRecovery(this IEndpointRouteBuilder routes)
    {
        var installation = routes.MapGroup("/v1/installation").WithTags("Installation");
        installation
            .MapGet("", GetAsync)
            .PermitManaging(Function.PlatformAdmin)
            .WithName("GetInstallation")
            .WithSummary("Whether the installation is in SAFE MODE.")
            .Produces<InstallationView>();
        installation
            .MapDelete("/safe-mode", LiftAsync)
            .PermitManaging(Function.PlatformAdmin)
            .WithName("EndSafeMode")
            .WithSummary("Proposes to end SAFE MODE after a recovery; another platform administrator votes.")
            .ProducesWrite();
    }

    private static async Task<InstallationView> GetAsync(EntitlementsDb db, CancellationToken cancellation)
    {
        var row = await db.Installation.AsNoTracking().SingleAsync(cancellation);
        return new(row.SafeModeSince, row.RecoveredAt, await db.Set<RevisionRow>().Select(r => r.Rev).SingleAsync(cancellation), row.Recoveries);
    }

    private static async Task<IResult> LiftAsync(WriteRequest request, ChangeDesk desk) => (await desk.SubmitAsync(request, new LiftSafeMode())).ToResult();
}
