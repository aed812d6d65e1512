using Entitlements.Edge.Artifacts;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.OpenStores;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Entitlements.Gateway.Catalogue;

internal static class CatalogueSetup
{
    public static void AddCatalogue(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddAlteration<SetApp>("app");
        services.AddAlteration<AdoptApp>("adoption");
        services.AddAlteration<AbandonApp>("adoption_end");
        services.AddAlteration<SetResourceType>("resource_type");
        services.AddAlteration<PublishRelease>("release");
        services.AddAlteration<SeeRelease>("release_seen");
        services.AddAlteration<SetRule>("rule");
        services.AddAlteration<DeleteRule>("rule_end");
        services.AddAlteration<SetAssessment>("assessment");
        services.AddAlteration<SetGuidance>("guidance");
        services.AddAlteration<ImportDraft>("draft");
        services.AddScoped<DraftRelease>();
        services.AddScoped<RespondToGuidance>();
        services.TryAddSingleton<FactsReader>();
        services.AddScoped<AppSight>();
        services.AddScoped<ListCatalogue>();
        services.AddScoped<PlanUpdates>();
        services.AddScoped<ResolveSubject>();
        services.AddSettings<UploadOptions>("Uploads");
        services.AddArtifacts();
        services.AddSingleton<UploadFiles>();
        services.AddScoped<OpenUpload>();
        services.AddScoped<FinishUpload>();
        services.AddSingleton<MalwareScanner>();
        services.AddScoped<ReadArtifact>();
        services.AddHostedService<LapseWatch>();
        services.AddSettings<AudienceOptions>("Audience");
        services.AddSingleton<AudienceTelemetry>();
        services.AddHostedService<AudienceWatch>();
        builder.AddOpenStores();
    }

    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        routes.MapApps();
        routes.MapResourceTypes();
        routes.MapUploads();
        routes.MapReleases();
        routes.MapInventory();
        routes.MapRules();
        routes.MapAssessments();
        routes.MapGuidance();
        routes.MapDrafts();
        routes.MapStore();
        routes.MapOpenStores();
    }
}
