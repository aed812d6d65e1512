using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Entitlements.Gateway.Identity.BuiltIn;

/// <summary>Stops a host that would offer sign-in without a password to the network, unless <c>Demo:AllowRemote</c> says that this is meant.</summary>
/// <remarks>Looks at the addresses really bound, whichever setting they came from.</remarks>
internal sealed class LoopbackGuard(IServer server, IConfiguration settings) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var open = bound.Where(address => !IsLoopback(address)).ToList();
        return open.Count == 0 || settings.GetValue<bool>("Demo:AllowRemote")
            ? Task.CompletedTask
            : throw new InvalidOperationException(
                $"The built-in identity provider asks for no password and would be reachable at {string.Join(", ", open)}. "
                    + "Listen on 127.0.0.1, configure Identity:Providers, or set Demo:AllowRemote=true."
            );
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsLoopback(string address)
    {
        var host = BindingAddress.Parse(address).Host;
        return host == "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
