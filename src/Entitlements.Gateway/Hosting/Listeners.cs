using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Entitlements.Gateway.Hosting;

/// <summary>The two listeners: the public one (<c>Urls</c>) and the one for operators (<c>Metrics:Url</c>), which share no path but liveness.</summary>
internal static class Listeners
{
    private const string DefaultMetrics = "http://127.0.0.1:5081";

    public static string Metrics(IConfiguration settings) => settings["Metrics:Url"] is { Length: > 0 } set ? set : DefaultMetrics;

    public static string[] Public(IConfiguration settings) =>
        (settings["Urls"] is { Length: > 0 } set ? set : PublicUrlOptions.Default).Split(
            ';',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );

    public static void Listen(WebApplicationBuilder builder)
    {
        if (Faults(builder.Configuration).Any())
        {
            return; // told by the settings check, together with every other fault
        }
        var metrics = Metrics(builder.Configuration);
        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            // endpoints by name (certificates) switch Urls off, so the operators' listener is added in code
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(Address(metrics), BindingAddress.Parse(metrics).Port));
        }
        else
        {
            builder.WebHost.UseUrls([.. Public(builder.Configuration), metrics]);
        }
    }

    public static IEnumerable<string> Faults(IConfiguration settings)
    {
        foreach (var url in Public(settings).Where(url => !IsUrl(url)))
        {
            yield return $"Urls: {url} is not an http or https address to listen on.";
        }
        if (!IsUrl(Metrics(settings)) || BindingAddress.Parse(Metrics(settings)).Scheme != "http")
        {
            yield return "Metrics:Url: not an http address to listen on.";
        }
        else if (
            Public(settings)
                .Where(IsUrl)
                .Select(url => BindingAddress.Parse(url).Port)
                .Any(port => port != 0 && port == BindingAddress.Parse(Metrics(settings)).Port)
        )
        {
            yield return "Metrics:Url: its port is also one of Urls; metrics are never served on the public listener.";
        }
    }

    private static IPAddress Address(string url) =>
        BindingAddress.Parse(url).Host is var host && IPAddress.TryParse(host.Trim('[', ']'), out var ip) ? ip : IPAddress.Loopback;

    private static bool IsUrl(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http" or "https", PathBase: "", Host.Length: > 0 };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

/// <summary>Tells a connection of the operators' listener by the local port of its socket, which no header can change.</summary>
internal sealed class MetricsListener(IConfiguration settings, IServer server)
{
    private int _port;

    public bool Took(HttpContext context) => context.Connection.LocalPort is not 0 and var port && port == Port();

    /// <remarks>With port 0 the system chose; the addresses are listed in the order they were bound, ours last.</remarks>
    private int Port()
    {
        if (_port == 0)
        {
            var configured = BindingAddress.Parse(Listeners.Metrics(settings)).Port;
            var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses.LastOrDefault();
            _port = configured != 0 || bound is null ? configured : BindingAddress.Parse(bound).Port;
        }
        return _port;
    }
}
