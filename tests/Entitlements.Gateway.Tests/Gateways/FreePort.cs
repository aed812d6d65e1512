using System.Net;
using System.Net.Sockets;

namespace Entitlements.Gateway.Tests.Gateways;

internal static class FreePort
{
    /// <summary>Asks the kernel for a port. Between asking and using another may take it; the host then fails loudly.</summary>
    public static int Next()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
