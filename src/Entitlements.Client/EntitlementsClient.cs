using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Entitlements.Client.Wire;

namespace Entitlements.Client;

/// <summary>Asks an Entitlements gateway on behalf of a store back-end. Anything but a clean allow is a denial; no method throws for what the other side does.</summary>
/// <param name="http">With the gateway's origin as <see cref="HttpClient.BaseAddress"/>, and the back-end's access token on every request.</param>
/// <param name="clock">For timeouts and waits; the system's when left out.</param>
public sealed class EntitlementsClient(HttpClient http, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>How long an answer may take before it counts as a denial; default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Asks one question.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<Decision> EvaluateAsync(EvaluationRequest question, CancellationToken cancel = default)
    {
        using var request = Post("access/v1/evaluation", JsonContent.Create(question, RequestJson.Default.EvaluationRequest));
        var (status, body, fault) = await CleanAnswer.AskAsync(http, request, Timeout, _clock, cancel);
        return status == HttpStatusCode.OK && body is { } answer ? Read(answer) : new Decision.Deny(null, fault ?? $"The gateway answered {(int)status}.");
    }

    /// <summary>Asks many questions at once; the answers are as many and in the same order.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<IReadOnlyList<Decision>> EvaluateAllAsync(IReadOnlyList<EvaluationRequest> questions, CancellationToken cancel = default)
    {
        if (questions.Count == 0)
        {
            return [];
        }

        using var request = Post("access/v1/evaluations", JsonContent.Create(new EvaluationsRequest(questions), RequestJson.Default.EvaluationsRequest));
        var (status, body, fault) = await CleanAnswer.AskAsync(http, request, Timeout, _clock, cancel);
        return
            status == HttpStatusCode.OK
            && body is { } answer
            && answer.TryGetProperty("evaluations", out var list)
            && list.ValueKind == JsonValueKind.Array
            && list.GetArrayLength() == questions.Count
            ? [.. list.EnumerateArray().Select(Read)]
            : [.. questions.Select(_ => new Decision.Deny(null, fault ?? $"The gateway answered {(int)status}, not one answer to each question."))];
    }

    /// <summary>Trades an allow for an entitlement.</summary>
    /// <param name="question">A <c>download</c> evaluation.</param>
    /// <param name="subjectToken">The person's own access token, where the app asks for proof of the person.</param>
    /// <param name="idempotencyKey">The same key may be sent again after a lost answer; a new one when left out.</param>
    /// <param name="cancel">Gives up waiting; the entitlement may have been issued.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<IssueOutcome> IssueAsync(
        EvaluationRequest question,
        string? subjectToken = null,
        string? idempotencyKey = null,
        CancellationToken cancel = default
    )
    {
        var body = new IssueRequest(question.Subject, question.Action, question.Resource, question.Context, subjectToken);
        using var request = Post("v1/entitlements", JsonContent.Create(body, RequestJson.Default.IssueRequest));
        request.Headers.Add("Idempotency-Key", idempotencyKey ?? Guid.NewGuid().ToString("N"));
        var (status, answer, fault) = await CleanAnswer.AskAsync(http, request, Timeout, _clock, cancel);
        return (status, answer) switch
        {
            (HttpStatusCode.Created, { } made) when Issued(made) is { } issued => issued,
            (HttpStatusCode.Created, _) => new IssueOutcome.Refused(status, null, fault ?? "The entitlement could not be read."),
            (_, { } problem) => new IssueOutcome.Refused(status, ReadAs(problem, WireJson.Default.Problem), null),
            _ => new IssueOutcome.Refused(status, null, fault),
        };
    }

    /// <summary>Redeems a token and downloads its release to <paramref name="to"/>, going on from what is there already.</summary>
    /// <param name="issued">A token not redeemed yet. For a broken download, a fresh one of the same release.</param>
    /// <param name="to">Readable, writable, seekable. What it holds counts as the beginning of the file; it is emptied when the digest does not match.</param>
    /// <param name="cancel">Stops; what arrived stays in <paramref name="to"/>.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public Task<DownloadOutcome> DownloadAsync(IssueOutcome.Issued issued, Stream to, CancellationToken cancel = default) =>
        new ReleaseDownload(http, issued, to, Timeout, _clock).RunAsync(cancel);

    private static HttpRequestMessage Post(string path, HttpContent content) => new(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };

    private static Decision Read(JsonElement answer)
    {
        JsonElement? context = answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("context", out var said) ? said : null;
        return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("decision", out var decision)
            ? decision.ValueKind switch
            {
                JsonValueKind.True => new Decision.Allow(context),
                JsonValueKind.False => new Decision.Deny(context),
                _ => new Decision.Deny(null, "The decision is neither true nor false."),
            }
            : new Decision.Deny(null, "There is no decision in the answer.");
    }

    private static IssueOutcome.Issued? Issued(JsonElement made) =>
        ReadAs(made, WireJson.Default.IssuedEntitlement) switch
        {
            { Id: not "" } issued => new IssueOutcome.Issued(issued),
            _ => null,
        };

    private static T? ReadAs<T>(JsonElement json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return json.Deserialize(type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
