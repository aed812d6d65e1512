using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling.Webhooks;

/// <summary>Sends one message to one webhook: a CloudEvent, or what a profile of the receiver's says, signed. What the receiver says besides its status is not read.</summary>
/// <remarks>Source: CloudEvents 1.0.2 (HTTP binding, structured mode), Standard Webhooks 1.0.</remarks>
internal sealed partial class WebhookSender(
    WebhookConnection connection,
    WebhookSecrets secrets,
    IOptions<WebhookOptions> options,
    IOptions<PublicUrlOptions> origin,
    TimeProvider clock,
    ILogger<WebhookSender> log
)
{
    public async Task<Attempt> SendAsync(DeliveryRow delivery, WebhookRow? webhook)
    {
        if (webhook is null)
        {
            return new Attempt.Refused("webhook_removed");
        }
        try
        {
            using var late = new CancellationTokenSource(options.Value.Timeout, clock);
            using var request = RequestTo(webhook, delivery);
            using var response = await connection.Http.SendAsync(request, late.Token);
            return Judge(response);
        }
        catch (Exception fault) when (FaultOf(fault) is { } result)
        {
            return new Attempt.Later(result);
        }
        catch (CryptographicException)
        {
            NotOurs(webhook.Tenant, webhook.Id);
            return new Attempt.Later("secret_unreadable");
        }
    }

    /// <summary>The event as it is sent; the same bytes at each attempt.</summary>
    internal byte[] EventOf(DeliveryRow delivery) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["specversion"] = "1.0",
                ["id"] = delivery.Message,
                ["source"] = origin.Value.At($"/v1/tenants/{delivery.Tenant}"),
                ["type"] = $"entitlements.{delivery.Kind}.v1",
                ["time"] = delivery.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
                ["datacontenttype"] = "application/json",
                ["data"] = JsonNode.Parse(delivery.Payload),
            }
        );

    private HttpRequestMessage RequestTo(WebhookRow webhook, DeliveryRow delivery)
    {
        var (body, now) = (delivery.Plain ? Encoding.UTF8.GetBytes(delivery.Payload) : EventOf(delivery), clock.GetUtcNow());
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(delivery.Plain ? "application/json" : "application/cloudevents+json");
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = content };
        request.Headers.Add("User-Agent", "entitlements-webhooks/1");
        request.Headers.Add("webhook-id", delivery.Message);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", secrets.Sign(webhook, delivery.Message, now.ToUnixTimeSeconds(), body, now));
        return request;
    }

    /// <summary>Only 2xx is success: a redirect would lead where nobody registered.</summary>
    private Attempt Judge(HttpResponseMessage response) =>
        response.StatusCode switch
        {
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => new Attempt.Arrived(),
            HttpStatusCode.Gone => new Attempt.Gone(),
            var status => new Attempt.Later(string.Create(CultureInfo.InvariantCulture, $"status_{(int)status}"), AskedBy(response.Headers.RetryAfter)),
        };

    private TimeSpan? AskedBy(RetryConditionHeaderValue? wish) => wish?.Delta ?? wish?.Date - clock.GetUtcNow();

    private static string? FaultOf(Exception fault) =>
        fault switch
        {
            OperationCanceledException => "timeout",
            AddressRefusedException or { InnerException: AddressRefusedException } => "address_refused",
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => "host_not_found",
            HttpRequestException
            {
                InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }
            } => "host_not_found",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "tls_failed",
            HttpRequestException or IOException or SocketException => "unreachable",
            _ => null,
        };

    [LoggerMessage(LogLevel.Error, "Keys:Protection: the secret of webhook {Webhook} of tenant {Tenant} cannot be unwrapped; rotate it.")]
    private partial void NotOurs(string tenant, string webhook);
}
