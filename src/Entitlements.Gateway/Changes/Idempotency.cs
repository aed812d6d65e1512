using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary>Idempotency-Key for management writes: the record and the effect are one transaction, under a lock, so that of two alike one acts and the other hears the same answer.</summary>
internal static class Idempotency
{
    /// <summary>Code of the refusal of a key that was used with another body.</summary>
    public const string Reused = "idempotency_key_reused";

    public static async Task<WriteOutcome?> FindAsync(WriteScope scope, WriteRequest request)
    {
        if (request.Key is not { } key)
        {
            return null;
        }
        await scope.AloneAsync($"idempotency/{request.Caller.Key}/{key.Route}/{key.Key}"); // the same key at the same time: the second finds what the first kept
        var row = await scope
            .Db.Idempotency.AsNoTracking()
            .SingleOrDefaultAsync(i => i.Caller == request.Caller.Key && i.Route == key.Route && i.Key == key.Key);
        return row switch
        {
            null => null,
            _ when row.BodyHash != key.BodyHash => WriteOutcome.Refuse(
                Reused,
                "This Idempotency-Key was used with another body: take a new one.",
                StatusCodes.Status422UnprocessableEntity
            ),
            _ => new WriteOutcome.Replayed(row.Status, row.Location, row.Answer),
        };
    }

    public static void Keep(WriteScope scope, WriteRequest request, WriteOutcome outcome)
    {
        if (request.Key is { } key && WriteAnswer.Of(outcome) is { } answer)
        {
            scope.Db.Idempotency.Add(
                new()
                {
                    Caller = request.Caller.Key,
                    Route = key.Route,
                    Key = key.Key,
                    BodyHash = key.BodyHash,
                    Status = answer.Status,
                    Location = answer.Location,
                    Answer = answer.Body,
                    At = scope.Now,
                }
            );
        }
    }
}

/// <summary>A write's answer as it goes over the wire.</summary>
/// <param name="Body">JSON object.</param>
internal sealed record WriteAnswer(int Status, string? Location, string Body, long? Version = null)
{
    /// <summary>The answer to what was written; null for a refusal, which is a problem and is never kept.</summary>
    public static WriteAnswer? Of(WriteOutcome outcome) =>
        outcome switch
        {
            WriteOutcome.Done done => new(StatusCodes.Status200OK, null, DoneBody(done), done.Version),
            WriteOutcome.Proposed proposed => new(
                StatusCodes.Status202Accepted,
                $"/v1/changes/{proposed.Change}",
                StoredJson.Write(new { change = proposed.Change })
            ),
            WriteOutcome.Created created => new(StatusCodes.Status201Created, created.Location, StoredJson.Write(created.Details)),
            WriteOutcome.Unconfirmed late => new(StatusCodes.Status202Accepted, null, StoredJson.Write(new { revision = late.Revision, effective = false })),
            WriteOutcome.Replayed replayed => new(replayed.Status, replayed.Location, replayed.Answer),
            _ => null,
        };

    private static string DoneBody(WriteOutcome.Done done)
    {
        var body = new System.Text.Json.Nodes.JsonObject { ["revision"] = done.Revision };
        if (done.Narrowed)
        {
            body["effective"] = true;
        }
        if (done.Details is not null)
        {
            foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(done.Details, done.Details.GetType(), StoredJson.Options)!.AsObject())
            {
                body[name] = value?.DeepClone();
            }
        }
        return body.ToJsonString();
    }
}
