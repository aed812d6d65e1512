using Entitlements.Edge.Artifacts;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Entitlements.Edge.Downloads;

/// <summary>Origin that downloads are reached at (<c>PublicUrl</c>, else the first of <c>Urls</c>), without a last slash.</summary>
internal sealed record DownloadAddress(string Origin);

/// <summary>The download gate, in the gateway's process or alone. The host brings its <see cref="IDownloadSessions"/>.</summary>
internal static class DownloadsSetup
{
    public static IServiceCollection AddDownloadGate(this IServiceCollection services)
    {
        services.AddArtifacts();
        services.TryAddSingleton<StreamSlots>();
        services.TryAddScoped<DownloadStreamer>();
        services.TryAddSingleton(all => AddressIn(all.GetRequiredService<IConfiguration>()));
        return services;
    }

    public static IEndpointRouteBuilder MapDownloads(this IEndpointRouteBuilder routes)
    {
        routes.MapRedeemDownload();
        routes.MapServeDownload();
        return routes;
    }

    private static DownloadAddress AddressIn(IConfiguration settings)
    {
        var listening = settings["Urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first, ..] ? first : "";
        return new DownloadAddress((settings["PublicUrl"] ?? listening).TrimEnd('/'));
    }
}
