using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>The line to receivers. Every new connection resolves the host once, and connects to nothing but the addresses that it then judged.</summary>
internal sealed class WebhookConnection(AddressGuard guard, HostLookup lookup) : IDisposable
{
    private readonly Lazy<HttpMessageInvoker> _http = new(() => new HttpMessageInvoker(NewHandler(guard, lookup)));

    public HttpMessageInvoker Http => _http.Value;

    public void Dispose()
    {
        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    private static SocketsHttpHandler NewHandler(AddressGuard guard, HostLookup lookup) =>
        new()
        {
            ConnectCallback = (context, stop) => ConnectAsync(context, guard, lookup, stop),
            UseProxy = false, // a proxy would look the name up again, by itself
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16, // KiB
            MaxResponseDrainSize = 16 * 1024,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1), // after which the name is looked up anew
            ActivityHeadersPropagator = null, // no span: a receiver's address may hold its secret
            SslOptions = new SslClientAuthenticationOptions
            {
                // nothing is fetched from where the receiver's certificate points: that would be a way round the guard
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            },
        };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, AddressGuard guard, HostLookup lookup, CancellationToken stop)
    {
        var isEncrypted = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        var open = Array.FindAll(await lookup(context.DnsEndPoint.Host, stop), address => guard.Permits(address, isEncrypted));
        Exception? last = null;
        foreach (var address in open)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), stop);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception fault)
            {
                socket.Dispose();
                last = fault;
                stop.ThrowIfCancellationRequested();
            }
        }
        throw last ?? new AddressRefusedException();
    }
}

/// <summary>All addresses of a host; a test brings a name service that lies.</summary>
internal delegate Task<IPAddress[]> HostLookup(string host, CancellationToken stop);
