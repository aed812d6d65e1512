using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Entitlements.Client.Wire;
using Entitlements.Edge.Artifacts;
using Entitlements.Edge.Downloads;
using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Remote;

/// <summary>Asks the gateway over HTTP, as a client with <c>entitlements.redeem</c>. An edge decides nothing itself.</summary>
internal sealed class RemoteDownloadSessions(IHttpClientFactory clients, GatewayCredentials credentials, IOptions<EdgeOptions> options, TimeProvider clock)
    : IDownloadSessions
{
    /// <summary>Redeeming waits for a commit; giving up early would leave a spent token without its session.</summary>
    private static readonly TimeSpan RedeemTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Longest L there is; a question that takes as long is not worth its answer.</summary>
    private static readonly TimeSpan LongestLease = TimeSpan.FromSeconds(10);

    private readonly Uri _gateway = new(new Uri(options.Value.Gateway!), "v1/edge/");

    public async Task<RedeemOutcome> RedeemAsync(string token, string? idempotencyKey, bool canServe)
    {
        using var answer = await AskAsync(
            "redemptions",
            new EdgeRedeemRequest(token, canServe),
            WireJson.Default.EdgeRedeemRequest,
            idempotencyKey,
            RedeemTimeout,
            default
        );
        return answer?.StatusCode switch
        {
            HttpStatusCode.Created when await ReadAsync(answer, WireJson.Default.EdgeRedemption) is { } made && SessionId.IsWellFormed(made.Id) =>
                new RedeemOutcome.Created(made.Id, made.ExpiresAt, made.Release),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new RedeemOutcome.BadRequest(
                (await ProblemAsync(answer)).Detail ?? "The gateway could not read the request."
            ),
            HttpStatusCode.NotFound => new RedeemOutcome.NotOurs(),
            HttpStatusCode.Conflict => new RedeemOutcome.Spent(),
            HttpStatusCode.Gone => new RedeemOutcome.Gone(await ProblemAsync(answer)),
            _ => new RedeemOutcome.Undecidable(),
        };
    }

    public async Task<OpenOutcome> OpenAsync(string session, string token, CancellationToken cancel)
    {
        using var answer = await AskAsync($"sessions/{session}/open", new EdgeOpenRequest(token), WireJson.Default.EdgeOpenRequest, null, LongestLease, cancel);
        return answer?.StatusCode switch
        {
            HttpStatusCode.OK when Opened(await ReadAsync(answer, WireJson.Default.EdgeOpened)) is { } opened => opened,
            HttpStatusCode.NotFound => new OpenOutcome.Unauthorized(),
            HttpStatusCode.Conflict => new OpenOutcome.Forbidden(),
            HttpStatusCode.Gone => new OpenOutcome.Gone(await ProblemAsync(answer)),
            _ => new OpenOutcome.Undecidable(),
        };
    }

    public async Task<ContinueOutcome> ContinueAsync(string session, string token, long sent, CancellationToken cancel)
    {
        using var answer = await AskAsync(
            $"sessions/{session}/continue",
            new EdgeContinueRequest(token, sent),
            WireJson.Default.EdgeContinueRequest,
            null,
            LongestLease,
            cancel
        );
        return answer?.StatusCode switch
        {
            HttpStatusCode.NoContent => ContinueOutcome.GoOn,
            HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.Gone => ContinueOutcome.Stop,
            _ => ContinueOutcome.Undecidable,
        };
    }

    /// <summary>401 and 403 are about the edge itself, never about the entitlement; after a 401 the edge's token is renewed once.</summary>
    private async Task<HttpResponseMessage?> AskAsync<T>(string path, T body, JsonTypeInfo<T> type, string? key, TimeSpan timeout, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            var answer = await SendOnceAsync(path, body, type, key, either.Token);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                answer.Dispose();
                answer = await SendOnceAsync(path, body, type, key, either.Token);
            }

            return answer;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync<T>(string path, T body, JsonTypeInfo<T> type, string? key, CancellationToken cancel)
    {
        var own = await credentials.TokenAsync(cancel);
        using var http = clients.CreateClient(GatewayCredentials.ClientName);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", own);
        request.Content = JsonContent.Create(body, type);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        var answer = await http.SendAsync(request, cancel);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            await credentials.ForgetAsync(own, cancel);
        }

        return answer;
    }

    private static OpenOutcome.Open? Opened(EdgeOpened? told)
    {
        if (
            told is null
            || !Sha256Digest.TryParse(told.Sha256, out var digest)
            || !BlockDigests.TryCreate(told.Blocks, told.Size, out var blocks)
            || !(told.LeaseSeconds >= 0.1 && told.LeaseSeconds <= LongestLease.TotalSeconds)
        )
        {
            return null;
        }

        var content = new DownloadContent(digest, told.Size, told.FileName, told.ContentType, blocks);
        return new OpenOutcome.Open(content, TimeSpan.FromSeconds(told.LeaseSeconds), CancellationToken.None);
    }

    private static async Task<Problem> ProblemAsync(HttpResponseMessage answer) => await ReadAsync(answer, WireJson.Default.Problem) ?? new Problem();

    private static async Task<T?> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(await answer.Content.ReadAsStreamAsync(), type);
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            return null;
        }
    }
}
