using System.Reflection;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Entitlements.Gateway.Changes;

/// <summary>Who writes, why, against which version, under which idempotency key.</summary>
/// <param name="IfMatch">The version the caller has seen; null when none was sent.</param>
internal sealed record WriteRequest(Caller Caller, string? Reason = null, long? IfMatch = null, IdempotencyKey? Key = null) : IEndpointParameterMetadataProvider
{
    /// <summary>Lets a handler take it as a parameter, before its body.</summary>
    public static ValueTask<WriteRequest?> BindAsync(HttpContext context, ParameterInfo parameter) => WriteHeaders.ReadAsync(context, parameter);

    /// <summary>428 and 412: what the caller has seen is not what is there.</summary>
    /// <param name="version">The resource's version as it stands; 0 when it does not exist yet.</param>
    public Refusal? ObjectionTo(long version) =>
        (version, IfMatch) switch
        {
            (> 0, null) => new(
                "precondition_required",
                "This resource exists: send If-Match with the ETag you have seen.",
                StatusCodes.Status428PreconditionRequired
            ),
            (_, { } seen) when seen != version => new(
                "precondition_failed",
                "The resource has changed since you read it: read it again.",
                StatusCodes.Status412PreconditionFailed
            ),
            _ => null,
        };

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        static OpenApiSchema Text(int longest) =>
            new()
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = longest,
            };
        builder.Metadata.Add(new StatedParameter("reason", ParameterLocation.Query, Text(WriteHeaders.LongestReason), "Why; kept in the audit record."));
        builder.Metadata.Add(
            new StatedParameter("If-Match", ParameterLocation.Header, Text(64), "The ETag that was read; needed to write to what exists (428 without).")
        );
        builder.Metadata.Add(StatedParameter.IdempotencyKey);
    }
}

/// <summary>An Idempotency-Key in its scope.</summary>
/// <param name="Route">Method and path.</param>
/// <param name="BodyHash">SHA-256 of the body, 64 lower-case hex digits.</param>
internal sealed record IdempotencyKey(string Route, string Key, string BodyHash);

/// <summary>What became of a management write.</summary>
internal abstract record WriteOutcome
{
    private WriteOutcome() { }

    /// <summary>In force on every replica at <paramref name="Revision"/>: 200, with <c>effective</c> when it could take access away.</summary>
    internal sealed record Done(long Revision, bool Narrowed, long Version, object? Details = null) : WriteOutcome;

    /// <summary>Committed at <paramref name="Revision"/>, but not confirmed on every replica in time: 202 with <c>effective: false</c>. A repeat with the same key waits again.</summary>
    internal sealed record Unconfirmed(long Revision) : WriteOutcome;

    /// <summary>It widens: a change was proposed, 202.</summary>
    internal sealed record Proposed(string Change) : WriteOutcome;

    /// <summary>Something new that changes nobody's access is there: 201.</summary>
    internal sealed record Created(string Location, object Details) : WriteOutcome;

    /// <summary>Nothing was written.</summary>
    internal sealed record Refused(Refusal Because) : WriteOutcome;

    /// <summary>Nothing was written: it takes the other kind of transaction, one that can change access or one that cannot.</summary>
    internal sealed record Otherwise : WriteOutcome;

    /// <summary>The same key and body as before: the same answer again.</summary>
    internal sealed record Replayed(int Status, string? Location, string Answer) : WriteOutcome;

    /// <summary>For what an idempotency key found. A replay is committed as a revision of its own: the first commit may be visible and not yet in force, so it is waited for again.</summary>
    public WriteOutcome Keep(WriteScope scope) => this is Replayed ? this : scope.Abandon(this);

    public static WriteOutcome Refuse(string code, string detail, int status = StatusCodes.Status409Conflict) => new Refused(new(code, detail, status));
}

internal static class RevisedWrites
{
    /// <summary>A write whose outcome tells the caller whether it is in force, whichever way it goes: a change that opens something to some may close it to others.</summary>
    public static async Task<WriteOutcome> ReviseWriteAsync(this Writes writes, Func<WriteScope, Task<WriteOutcome>> act)
    {
        var revision = 0L;
        var revised = await writes.ReviseAsync(scope =>
        {
            revision = scope.Revision;
            return act(scope);
        });
        return revised is { InForce: false, Outcome: WriteOutcome.Done or WriteOutcome.Replayed { Status: StatusCodes.Status200OK } }
            ? new WriteOutcome.Unconfirmed(revision)
            : revised.Outcome;
    }
}
