using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Entitlements.Gateway.Hosting;

/// <summary>Whose forwarded headers count (<c>Proxies:*</c>).</summary>
internal sealed class ProxyOptions
{
    /// <summary>Networks in CIDR notation whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed. Default none.</summary>
    public string[] Trusted { get; set; } = [];
}

/// <summary>Takes the caller's address and scheme from proxies that the operator named, and from nobody else.</summary>
/// <remarks>The host name is never taken: see <see cref="PublicUrlOptions"/>.</remarks>
internal static class TrustedProxies
{
    public static void AddTrustedProxies(this WebApplicationBuilder builder)
    {
        builder.Configuration["ForwardedHeaders_Enabled"] = "false"; // the framework's own switch would trust everyone
        builder
            .Services.AddSettings<ProxyOptions>("Proxies")
            .Validate(
                o => o.Trusted.All(cidr => IPNetwork.TryParse(cidr, out _)),
                "Proxies:Trusted: every entry must be a network in CIDR notation, for instance 10.0.0.0/8."
            );
        builder
            .Services.AddOptions<ForwardedHeadersOptions>()
            .Configure<IOptions<ProxyOptions>>((forwarded, proxies) => Trust(forwarded, proxies.Value.Trusted));
    }

    private static void Trust(ForwardedHeadersOptions forwarded, string[] networks)
    {
        forwarded.ForwardedHeaders = networks.Length == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        forwarded.ForwardLimit = null; // as far back as the addresses are trusted
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in networks)
        {
            forwarded.KnownIPNetworks.Add(IPNetwork.Parse(network));
        }
    }
}
