using Entitlements.Edge.Downloads;
using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Remote;

internal static class RemoteSetup
{
    /// <summary>Registers <see cref="IDownloadSessions"/> of a gateway elsewhere.</summary>
    public static IServiceCollection AddRemoteSessions(this IServiceCollection services)
    {
        services.AddOptions<EdgeOptions>().BindConfiguration(EdgeOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EdgeOptions>, EdgeOptionsValidator>();
        services
            .AddHttpClient(GatewayCredentials.ClientName, http => http.MaxResponseContentBufferSize = 4 * 1024 * 1024)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    UseProxy = false,
                    ConnectTimeout = TimeSpan.FromSeconds(2),
                }
            )
            .RemoveAllLoggers(); // addresses hold session ids
        services.AddSingleton<GatewayCredentials>();
        services.AddSingleton<IDownloadSessions, RemoteDownloadSessions>();
        return services;
    }
}
