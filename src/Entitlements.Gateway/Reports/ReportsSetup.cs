using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Reports;

/// <summary>What was found in a tenant's store at one instant.</summary>
internal sealed record StoreHealthView(string Tenant, DateTimeOffset At, IReadOnlyList<Finding> Findings);

/// <param name="Host">The machine that answered: every replica tells of itself alone.</param>
internal sealed record ReplicaView(string Host, IReadOnlyList<MinuteFigures> Minutes);

internal static class ReportsSetup
{
    public static void AddReports(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<StoreHealth>();
        builder.Services.AddSingleton<ReplicaFigures>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ReplicaFigures>());
    }

    public static void MapReports(this WebApplication app)
    {
        app.MapGet("/v1/installation/figures", (ReplicaFigures figures) => new ReplicaView(Environment.MachineName, figures.LastHour()))
            .WithTags("Installation")
            .WithName("GetReplicaFigures")
            .WithSummary("How this replica did in each minute of the last hour: decisions, how long they took, how long revocations took.")
            .Produces<ReplicaView>()
            .PermitManaging(Function.PlatformAdmin);
        app.MapGet("/v1/reports/store-health", ReadAsync)
            .WithTags("Reports")
            .WithName("GetStoreHealth")
            .WithSummary("What was right when it was decided and may not be any more, each with its formula.")
            .Produces<StoreHealthView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .InExercises();
    }

    private static async Task<IResult> ReadAsync(Caller caller, StoreHealth health, TimeProvider clock, string? tenant)
    {
        if (caller.TenantFor(tenant, CatalogueAccess.RuleReaders) is not { } own)
        {
            return tenant is null ? Problems.BadRequest("Say which tenant: ?tenant=.", "tenant_required") : Problems.NotFound();
        }
        var findings = await health.LookAsync(own);
        var mayName = caller.Holds(Function.RoleAdmin, own) || caller.Holds(Function.DataProtectionOfficer, own);
        return TypedResults.Ok(new StoreHealthView(own, clock.GetUtcNow(), mayName ? findings : [.. findings.Select(f => f with { Subject = null })]));
    }
}
