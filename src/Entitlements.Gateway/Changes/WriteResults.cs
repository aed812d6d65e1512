using System.Text.Json;
using System.Text.Json.Serialization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Changes;

/// <summary>The one place that turns a <see cref="WriteOutcome"/> into an answer.</summary>
internal static class WriteResults
{
    /// <summary>200 or 202 with the body of <see cref="WriteAnswer"/>, <c>ETag</c> where the version is known; else the refusal's problem.</summary>
    public static IResult ToResult(this WriteOutcome outcome) =>
        outcome is WriteOutcome.Refused { Because: var refusal } ? refusal.ToResult() : new AnswerResult(WriteAnswer.Of(outcome)!);

    public static IResult ToResult(this Refusal refusal) =>
        refusal.Status switch
        {
            StatusCodes.Status401Unauthorized => StepUp.ToChallenge(refusal),
            StatusCodes.Status404NotFound => Problems.NotFound(),
            StatusCodes.Status412PreconditionFailed => Problems.PreconditionFailed(),
            StatusCodes.Status422UnprocessableEntity when refusal.Code == Idempotency.Reused => Problems.UnprocessableIdempotencyKey(),
            StatusCodes.Status428PreconditionRequired => Problems.PreconditionRequired(),
            StatusCodes.Status403Forbidden => Problems.Forbidden(refusal.Code, refusal.Detail, refusal.Members),
            StatusCodes.Status400BadRequest when refusal.Errors.Count > 0 => Problems.BadRequest(refusal.Errors),
            StatusCodes.Status400BadRequest => Problems.BadRequest(refusal.Detail, refusal.Code),
            StatusCodes.Status409Conflict => Problems.Conflict(refusal.Code, refusal.Detail, refusal.Members),
            var other => Problems.Of(other, refusal.Code, "The request was refused.", refusal.Detail, refusal.Members),
        };

    /// <summary>One resource with its version as <c>ETag</c>; 404 when there is none.</summary>
    public static IResult OfResource<T>(HttpContext context, T? resource, long version)
        where T : class
    {
        if (resource is null)
        {
            return Problems.NotFound();
        }
        context.Response.Headers.ETag = ETagOf(version);
        return TypedResults.Ok(resource);
    }

    /// <summary>What every management write can answer, for the OpenAPI document.</summary>
    public static RouteHandlerBuilder ProducesWrite(this RouteHandlerBuilder endpoint) =>
        endpoint
            .Produces<WriteReceipt>(StatusCodes.Status200OK)
            .Produces<ChangeReceipt>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status428PreconditionRequired);

    private static string ETagOf(long version) => FormattableString.Invariant($"\"{version}\"");

    private sealed class AnswerResult(WriteAnswer answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = answer.Status;
            if (answer.Location is { } location)
            {
                response.Headers.Location = location;
            }
            if (answer.Version is > 0 and { } version)
            {
                response.Headers.ETag = ETagOf(version);
            }
            response.ContentType = "application/json";
            return response.WriteAsync(answer.Body);
        }
    }
}

/// <summary>The answer to a write that acted at once.</summary>
/// <param name="Revision">The revision it made.</param>
internal sealed record WriteReceipt(long Revision)
{
    /// <summary>True when it could take access away and is in force on every replica; left out of all else.</summary>
    public bool? Effective { get; init; }

    /// <summary>What the kind of write has to tell besides, for instance what ended.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; init; }
}

/// <summary>202: the write widens and waits for votes, or it is committed and was not confirmed on every replica in time.</summary>
internal sealed record ChangeReceipt
{
    /// <summary>The change that others vote on; left out of what is committed.</summary>
    public string? Change { get; init; }

    /// <summary>The revision it made; left out of what waits for votes.</summary>
    public long? Revision { get; init; }

    /// <summary>False: repeat with the same Idempotency-Key, which waits again. Left out of what waits for votes.</summary>
    public bool? Effective { get; init; }
}
