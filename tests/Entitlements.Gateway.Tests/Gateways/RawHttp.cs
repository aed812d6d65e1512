using System.Net.Sockets;
using System.Text;

namespace Entitlements.Gateway.Tests.Gateways;

/// <summary>Bytes on a line, as no well-behaved client would send them.</summary>
internal static class RawHttp
{
    /// <summary>Sends them as they are and returns all that comes back until the server closes the line; it has 20 seconds for that.</summary>
    public static async Task<string> SendAsync(Uri server, string raw, Encoding? encoding = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var stream = client.GetStream();
        var answer = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            await stream.WriteAsync((encoding ?? Encoding.Latin1).GetBytes(raw), deadline.Token);
        }
        catch (IOException)
        {
            // refused early: the answer is there to be read
        }
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, deadline.Token)) > 0; )
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // reset after the answer
        }
        return answer.ToString();
    }
}
