using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.Extensions.Options;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Issuance;

/// <summary>Body of <c>POST /v1/entitlements</c>: an AuthZEN evaluation request for <c>download</c>, and the person's own token.</summary>
internal sealed record IssueBody : EvaluationBody
{
    /// <summary>The person's own access token; needed where the app asks for proof of the person.</summary>
    public string SubjectToken { get; init; } = "";
}

/// <summary>201 of <c>POST /v1/entitlements</c>.</summary>
/// <param name="Token">Null where the bytes are in a managed store.</param>
internal sealed record IssuedAnswer(string Id, string? Token, DateTimeOffset ExpiresAt, string? DownloadUrl, ReleaseAnswer Release, long Revision)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeliveryAnswer? Delivery { get; init; }
}

/// <summary>The release meant; digest and size are null where the bytes are in a managed store.</summary>
internal sealed record ReleaseAnswer(string Version, string Platform, string? Sha256, long? Size);

/// <param name="State"><c>recorded</c>: the person has the right, and nothing was handed out yet.</param>
internal sealed record DeliveryAnswer(string State);

/// <summary><c>POST /v1/entitlements</c>: trades an allow decision for a signed, one-use download token.</summary>
internal static class IssueEndpoint
{
    public static void MapIssueEntitlement(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/entitlements", HandleAsync)
            .Permit(Scopes.Issue)
            .WithMetadata(StatedParameter.IdempotencyKey)
            .WithName("IssueEntitlement")
            .WithTags("Entitlements")
            .WithSummary("A one-use right to download an app now, for a person who may have it now.")
            .Produces<IssuedAnswer>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> HandleAsync(
        AuthZenBody<IssueBody> body,
        Caller caller,
        HttpContext http,
        IssueEntitlement issue,
        StorageGuard guard,
        IOptions<PublicUrlOptions> origin
    )
    {
        if (caller is not Caller.Client client)
        {
            return Problems.Forbidden();
        }
        var question = QuestionReader.Read(caller, body.Value);
        if (question is not Question.Asked asked)
        {
            return Problems.BadRequest(((Question.Broken)question).Errors);
        }
        if (Faults(asked.Request).ToList() is { Count: > 0 } faults)
        {
            return Problems.BadRequest(faults);
        }
        var request = new IssueRequest(client, asked, body.Value.SubjectToken, KeyOf(http.Request, body.Value));
        var outcome = await guard.OrAsync(() => issue.IssueAsync(request), new IssueOutcome.Undecidable());
        return outcome switch
        {
            IssueOutcome.Issued issued => Created(issued, origin.Value),
            IssueOutcome.Refused { Judged: var judged } => IssuanceProblems.Denied(judged, caller),
            IssueOutcome.Rehearsed { Judged: var judged } => IssuanceProblems.Rehearsed(judged, caller),
            IssueOutcome.Unproven { Code: var code } => IssuanceProblems.Unproven(code),
            IssueOutcome.TooMany { RetryAfter: var wait } => Problems.TooManyRequests(wait),
            IssueOutcome.KeyReused => Problems.UnprocessableIdempotencyKey(),
            IssueOutcome.Over { Judgement: var judgement } => IssuanceProblems.Over(judgement),
            _ => Problems.Undecidable(),
        };
    }

    private static IEnumerable<(string, string)> Faults(EvaluationRequest request)
    {
        if (request.Action.Name != Action.Download)
        {
            yield return ("/action/name", "must be download");
        }
        if (request.Resource.Type != Resource.App)
        {
            yield return ("/resource/type", "must be app");
        }
        if (request.Context.Device is { } device && !OpaqueId.IsValid(device))
        {
            yield return ("/context/device/id", "must be an id of 1 to 256 bytes without control characters");
        }
    }

    private static IResult Created(IssueOutcome.Issued issued, PublicUrlOptions origin)
    {
        var (entitlement, release, isHere) = (issued.Entitlement, issued.Release, issued.Token is not null);
        return TypedResults.Created(
            $"/v1/entitlements/{entitlement.Id}",
            new IssuedAnswer(
                entitlement.Id,
                issued.Token,
                entitlement.ExpiresAt,
                isHere ? origin.At("/v1/downloads") : null,
                new(release.Version, release.Platform, isHere ? release.Sha256 : null, isHere ? release.Size : null),
                entitlement.Revision
            )
            {
                Delivery = isHere ? null : new("recorded"),
            }
        );
    }

    /// <summary>The key in its scope; the body is digested as it was understood.</summary>
    /// <exception cref="ProblemException">400: the header is not one key.</exception>
    private static IdempotencyKey? KeyOf(HttpRequest request, IssueBody body)
    {
        if (request.Headers["Idempotency-Key"] is not { Count: > 0 } given)
        {
            return null;
        }
        var key =
            given is [['"', .. var quoted, '"']] ? quoted
            : given.Count == 1 ? given[0]!
            : "";
        return key.Length is > 0 and <= 255 && key.All(c => c is > ' ' and < '\x7f' and not ('"' or '\\'))
            ? new("POST /v1/entitlements", key, Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body, StrictJson.Options))))
            : throw new ProblemException(
                Problems.BadRequest("The Idempotency-Key must be one string of 1 to 255 visible characters, bare or in quotes.", "invalid_idempotency_key")
            );
    }
}
