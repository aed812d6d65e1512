using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Entitlements.Client.Wire;

namespace Entitlements.Client;

/// <summary>One download: redeem, fetch, go on after breaks within the session, compare the digest.</summary>
internal sealed class ReleaseDownload(HttpClient http, IssueOutcome.Issued issued, Stream to, TimeSpan timeout, TimeProvider clock)
{
    /// <summary>Breaks in a row without a new byte before giving up.</summary>
    private const int MostIdleTries = 4;

    private const HttpStatusCode NoAnswer = default;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly string _token =
        issued.Entitlement.Token ?? throw new ArgumentException("There is no token: a managed store delivers this app.", nameof(issued));
    private readonly ReleaseSummary _release = issued.Entitlement.Release ?? throw new ArgumentException("The entitlement names no release.", nameof(issued));
    private readonly Uri _gate = new(http.BaseAddress!, issued.Entitlement.DownloadUrl ?? "v1/downloads");
    private readonly string _key = Guid.NewGuid().ToString("N");

    public async Task<DownloadOutcome> RunAsync(CancellationToken cancel)
    {
        var (session, refused) = await RedeemAsync(cancel);
        if (session is null)
        {
            return refused ?? new DownloadOutcome.Interrupted(to.Length);
        }

        for (var idle = 0; idle < MostIdleTries && to.Length < _release.Size; idle++)
        {
            var had = to.Length;
            var (status, wait) = await FetchAsync(session, cancel);
            if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone)
            {
                return new DownloadOutcome.Refused(status.Value);
            }

            if (to.Length > had)
            {
                idle = -1;
            }
            else
            {
                await Task.Delay(wait, clock, cancel);
            }
        }

        return to.Length < _release.Size ? new DownloadOutcome.Interrupted(to.Length) : await CompareAsync(cancel);
    }

    /// <summary>The same key after a lost answer gets the same session.</summary>
    private async Task<(Uri? Session, DownloadOutcome? Refused)> RedeemAsync(CancellationToken cancel)
    {
        for (var attempt = 0; attempt < MostIdleTries; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _gate)
            {
                Content = JsonContent.Create(new RedeemRequest(_token), WireJson.Default.RedeemRequest),
            };
            request.Headers.Add("Idempotency-Key", _key);
            var (status, body, _) = await CleanAnswer.AskAsync(http, request, timeout, clock, cancel);
            if (status == HttpStatusCode.Created && SessionIn(body) is { } session)
            {
                return (session, null);
            }

            if (
                status
                is not (
                    NoAnswer
                    or HttpStatusCode.ServiceUnavailable
                    or HttpStatusCode.TooManyRequests
                    or HttpStatusCode.BadGateway
                    or HttpStatusCode.GatewayTimeout
                )
            )
            {
                return (null, new DownloadOutcome.Refused(status));
            }

            await Task.Delay(TimeSpan.FromSeconds(1 << attempt), clock, cancel);
        }

        return (null, null);
    }

    /// <summary>The token goes only where it was redeemed, whatever the answer names.</summary>
    private Uri? SessionIn(JsonElement? body)
    {
        try
        {
            var session = body?.Deserialize(WireJson.Default.DownloadSession);
            return session is not null && session.Release.Sha256 == _release.Sha256 && session.Release.Size == _release.Size
                ? new Uri(_gate, $"/v1/downloads/{Uri.EscapeDataString(session.Id)}")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>The status, null when the connection broke; and how long to wait before asking again if nothing came.</returns>
    private async Task<(HttpStatusCode? Status, TimeSpan Wait)> FetchAsync(Uri session, CancellationToken cancel)
    {
        var wait = TimeSpan.FromSeconds(1);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, session);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            if (to.Length > 0)
            {
                request.Headers.Range = new RangeHeaderValue(to.Length, null);
                request.Headers.IfRange = new RangeConditionHeaderValue($"\"{_release.Sha256}\"");
            }

            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            wait = answer.Headers.RetryAfter?.Delta is { } told && told < LongestWait ? told : wait;
            if (StartOf(answer) is { } start)
            {
                to.SetLength(start);
                to.Position = start;
                await CopyAsync(answer, cancel);
            }

            return (answer.StatusCode, wait);
        }
        catch (Exception broken)
            when (broken is HttpRequestException or IOException || (broken is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return (null, wait);
        }
    }

    /// <summary>Where the answer's bytes belong; null when it is not this release or not the range asked for.</summary>
    private long? StartOf(HttpResponseMessage answer) =>
        answer.StatusCode switch
        {
            HttpStatusCode.OK => 0,
            HttpStatusCode.PartialContent
                when answer.Headers.ETag?.ToString() == $"\"{_release.Sha256}\"" && answer.Content.Headers.ContentRange?.From == to.Length => to.Length,
            _ => null,
        };

    private async Task CopyAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            int read;
            while (
                to.Length < _release.Size
                && (read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, _release.Size - to.Length)), cancel)) > 0
            )
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<DownloadOutcome> CompareAsync(CancellationToken cancel)
    {
        to.Position = 0;
        if (to.Length == _release.Size && Convert.ToHexStringLower(await SHA256.HashDataAsync(to, cancel)) == _release.Sha256)
        {
            return new DownloadOutcome.Complete();
        }

        to.SetLength(0);
        return new DownloadOutcome.Corrupt();
    }
}
