using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>
/// Which addresses a webhook may reach: the public internet over TLS, and what <c>Webhooks:AllowedNetworks</c> opens. Judged by address when the
/// connection is made, so that neither a name nor a spelling of an address matters.
/// </summary>
/// <remarks>Source: IANA special-purpose registries for IPv4 and IPv6 (RFC 6890).</remarks>
internal sealed class AddressGuard(IOptions<WebhookOptions> options)
{
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // shared by carriers (CGNAT)
            "127.0.0.0/8", // loopback
            "169.254.0.0/16", // link-local, and the clouds' metadata
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // 6to4 relays
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
            "2001::/23", // protocol assignments, Teredo among them
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4: holds an IPv4 address
            "3fff::/20", // documentation
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>All public unicast of IPv6; what lies outside is loopback, link-local, unique local, multicast or a translation of IPv4.</summary>
    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    private readonly IPNetwork[] _allowed = [.. options.Value.AllowedNetworks.Select(IPNetwork.Parse)];

    public bool OpensAny => _allowed.Length > 0;

    /// <param name="address">IPv4 in IPv6's clothes (<c>::ffff:127.0.0.1</c>) is judged as what it is.</param>
    /// <param name="isEncrypted">Without TLS only what the operator opened may be reached.</param>
    public bool Permits(IPAddress address, bool isEncrypted)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(_allowed, network => network.Contains(plain)) || (isEncrypted && IsPublic(plain));
    }

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || PublicV6.Contains(address)) && !Array.Exists(NotPublic, network => network.Contains(address));
}

/// <summary>Every address behind a webhook's host is closed to webhooks.</summary>
internal sealed class AddressRefusedException() : IOException("No address of this host may be reached.");
