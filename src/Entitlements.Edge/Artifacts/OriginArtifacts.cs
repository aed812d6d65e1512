using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Entitlements.Edge.Artifacts;

/// <summary>Files behind <c>Artifacts:Origin</c>, at <c>{origin}/ab/abcdef…</c>, fetched with YARP's forwarder client: no redirects,
/// no cookies, no proxy from the environment, no decompression.</summary>
/// <remarks>YARP's own copying to the client is not used: bytes may not leave before their block is checked. The request is made
/// afresh, so nothing a downloader sent reaches the origin, and nothing of the origin's answer but its bytes reaches a downloader.</remarks>
internal sealed class OriginArtifacts : IArtifacts, IDisposable
{
    /// <summary>How long the origin may take to its answer's head.</summary>
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http;
    private readonly Uri _origin;
    private readonly TimeProvider _clock;

    public OriginArtifacts(IForwarderHttpClientFactory clients, IOptions<ArtifactOptions> options, TimeProvider clock)
    {
        _origin = new Uri(options.Value.Origin!.TrimEnd('/') + "/");
        _clock = clock;
        _http = clients.CreateClient(new ForwarderHttpClientContext { ClusterId = "artifacts", NewConfig = HttpClientConfig.Empty });
    }

    public async Task<Stream?> OpenAsync(Sha256Digest digest, long size, long offset, long length, CancellationToken cancel)
    {
        var range = length == size ? null : new RangeHeaderValue(offset, offset + length - 1);
        var answer = await SendAsync(HttpMethod.Get, digest.StorePath, range, cancel);
        if (answer is not null && IsWhatWasAsked(answer, size, offset, length, range is not null))
        {
            return await answer.Content.ReadAsStreamAsync(cancel);
        }

        answer?.Dispose();
        return null;
    }

    public async Task<bool> IsReachableAsync(CancellationToken cancel)
    {
        using var answer = await SendAsync(HttpMethod.Head, "", null, cancel);
        return answer is not null && (int)answer.StatusCode < 500;
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage?> SendAsync(HttpMethod method, string path, RangeHeaderValue? range, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(HeadTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        using var request = new HttpRequestMessage(method, new Uri(_origin, path));
        request.Headers.Range = range;
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        try
        {
            return await _http.SendAsync(request, either.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>An encoded, redirected, shorter, longer or displaced answer is no answer.</summary>
    private static bool IsWhatWasAsked(HttpResponseMessage answer, long size, long offset, long length, bool ranged)
    {
        var content = answer.Content.Headers;
        var fits = content.ContentEncoding.Count == 0 && (content.ContentLength ?? length) == length;
        return fits
            && answer.StatusCode switch
            {
                HttpStatusCode.OK => !ranged,
                HttpStatusCode.PartialContent => ranged
                    && content.ContentRange is { Unit: "bytes" } range
                    && range.From == offset
                    && range.To == offset + length - 1
                    && (range.Length ?? size) == size,
                _ => false,
            };
    }
}
