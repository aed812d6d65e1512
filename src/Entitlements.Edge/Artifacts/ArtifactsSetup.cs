using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Entitlements.Edge.Artifacts;

internal static class ArtifactsSetup
{
    /// <summary>Registers <see cref="IArtifacts"/> as the settings say; both stores can be asked for by type, one is live.</summary>
    public static IServiceCollection AddArtifacts(this IServiceCollection services)
    {
        services.AddOptions<ArtifactOptions>().BindConfiguration(ArtifactOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ArtifactOptions>, ArtifactOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IForwarderHttpClientFactory, ForwarderHttpClientFactory>();
        services.TryAddSingleton<FolderArtifacts>();
        services.TryAddSingleton<OriginArtifacts>();
        services.TryAddSingleton<IArtifacts>(all =>
            all.GetRequiredService<IOptions<ArtifactOptions>>().Value.IsOrigin
                ? all.GetRequiredService<OriginArtifacts>()
                : all.GetRequiredService<FolderArtifacts>()
        );
        return services;
    }
}
