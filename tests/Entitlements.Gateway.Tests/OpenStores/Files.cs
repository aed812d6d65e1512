using System.Net;
using System.Net.Http.Headers;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;

namespace Entitlements.Gateway.Tests.OpenStores;

internal static class Files
{
    public static async Task<HttpResponseMessage> SendFileAsync(this HttpClient http, string path, byte[] file, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(file) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.ExpectContinue = true; // so that the answer is read before too much is sent
        return await http.SendAsync(request);
    }

    /// <summary>Takes a change to its end, by whomever it asks.</summary>
    public static async Task FinishAsync(this TestGateway gateway, string change)
    {
        var last = await (await gateway.VoteAsync(change, "north-approver-1")).ShouldBeAsync(HttpStatusCode.OK);
        if ((string)last["state"]! == "proposed")
        {
            last = await (await gateway.VoteAsync(change, "north-dpo")).ShouldBeAsync(HttpStatusCode.OK);
        }
        Assert.Equal("published", (string)last["state"]!);
    }
}
