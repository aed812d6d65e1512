using Entitlements.Edge.Downloads;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance.Keys;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Entitlements.Gateway.Issuance;

/// <summary>Entitlements and downloads: keys, issue, redeem, sessions, introspection, forward-auth, edges.</summary>
internal static class IssuanceSetup
{
    public static void AddIssuance(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddKeyProtection();
        services.AddSettings<IssuanceOptions>(IssuanceOptions.Section);
        services.AddSettings<ForwardAuthOptions>(ForwardAuthOptions.Section);
        services.AddSettings<EdgeLeaseOptions>("Consistency");
        services.AddSingleton<SigningKeyRing>().AddSingleton<SigningKeyStore>();
        services.AddSingleton<SigningKeyLoader>().AddHostedService(all => all.GetRequiredService<SigningKeyLoader>());
        services.AddSingleton<EntitlementSigner>().AddSingleton<EntitlementVerifier>().AddSingleton<StorageGuard>().AddSingleton<LiveStreams>();
        services.TryAddSingleton<FactsReader>();
        services.AddScoped<GuardedInsert>().AddScoped<EntitlementRecords>().AddScoped<EntitlementAnswers>().AddScoped<PersonProof>();
        services
            .AddScoped<IssueEntitlement>()
            .AddScoped<IssueToPerson>()
            .AddScoped<RedeemEntitlement>()
            .AddScoped<RevokeEntitlement>()
            .AddScoped<SessionClock>();
        services.AddScoped<IDownloadSessions, DownloadSessions>();
        services.AddDownloadGate();
    }

    public static void MapIssuance(this IEndpointRouteBuilder routes)
    {
        routes.MapKeySet();
        routes.MapIssueEntitlement();
        routes.MapIntrospect();
        routes.MapEntitlementState();
        routes.MapOwnEntitlements();
        routes.MapDownloads();
        routes.MapForwardAuth();
        routes.MapEdge();
    }
}
