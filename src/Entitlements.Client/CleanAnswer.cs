using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Text.Unicode;

namespace Entitlements.Client;

/// <summary>Takes an answer only if there is nothing odd about it.</summary>
internal static class CleanAnswer
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>A member named twice could mean two things to two readers, so it means nothing.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>Sends and reads; a redirect that the handler followed, another media type, a broken, endless or ambiguous body are faults.</summary>
    /// <returns>The status and the JSON object; or the fault in words.</returns>
    public static async Task<(HttpStatusCode Status, JsonElement? Body, string? Fault)> AskAsync(
        HttpClient http,
        HttpRequestMessage request,
        TimeSpan timeout,
        TimeProvider clock,
        CancellationToken cancel
    )
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        var asked = new Uri(http.BaseAddress ?? throw new InvalidOperationException("The HttpClient needs a BaseAddress: the gateway's."), request.RequestUri!);
        var id = Guid.NewGuid().ToString("N");
        request.Headers.Add("X-Request-ID", id);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var type = answer.Content.Headers.ContentType;
            var fault = 0 switch
            {
                _ when answer.RequestMessage?.RequestUri is { } came && came != asked => "The answer came from another address.",
                _ when answer.Headers.TryGetValues("X-Request-ID", out var echoed) && !echoed.SequenceEqual([id]) => "The answer is to another request.",
                _ when type?.MediaType is not ("application/json" or "application/problem+json") => "The answer is not JSON.",
                _ when type.CharSet is { } charset && !charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase) => "The answer is not UTF-8.",
                _ => null,
            };
            return fault is null ? Parse(answer.StatusCode, await ReadAsync(answer, either.Token)) : (answer.StatusCode, null, fault);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (default, null, "There was no answer in time.");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (default, null, "The answer did not arrive whole.");
        }
    }

    private static (HttpStatusCode Status, JsonElement? Body, string? Fault) Parse(HttpStatusCode status, ReadOnlyMemory<byte>? body)
    {
        if (body is not { } bytes || !Utf8.IsValid(bytes.Span))
        {
            return (status, null, "The answer is too long or not UTF-8.");
        }

        try
        {
            using var json = JsonDocument.Parse(bytes, Strict);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? (status, json.RootElement.Clone(), null)
                : (status, null, "The answer is not a JSON object.");
        }
        catch (JsonException)
        {
            return (status, null, "The answer is not sound JSON.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var body = new ArrayBufferWriter<byte>();
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        int read;
        while ((read = await stream.ReadAsync(body.GetMemory(4096), cancel)) > 0)
        {
            body.Advance(read);
            if (body.WrittenCount > MostBytes)
            {
                return null;
            }
        }

        return body.WrittenMemory;
    }
}
