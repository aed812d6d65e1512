using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Requests;

/// <summary>What a party says about a request. Never altered, never removed.</summary>
internal sealed class RequestCommentRow
{
    public long Id { get; init; }
    public required string Request { get; init; }
    public required string Author { get; init; }
    public required string? Person { get; init; }
    public required string Text { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class RequestCommentMappings : IEntityTypeConfiguration<RequestCommentRow>
{
    public void Configure(EntityTypeBuilder<RequestCommentRow> row)
    {
        row.ToTable("request_comment").HasKey(c => c.Id);
        row.HasIndex(c => c.Request);
        row.HasOne<AccessRequestRow>().WithMany().HasForeignKey(c => c.Request).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>Says something about a request to everyone who sees it.</summary>
internal sealed class CommentOnRequest(Writes writes)
{
    public const int Longest = 2_000;
    private const int Most = 200;

    public Task<WriteOutcome> CommentAsync(WriteRequest request, string id, string text) =>
        writes.RecordAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var row = await StoredRequest.LockAsync(scope, id);
            if (row is null || !await RequestSight.MaySeeAsync(scope.Db, request.Caller, row, scope.Now))
            {
                return scope.Abandon<WriteOutcome>(new WriteOutcome.Refused(Weight.NotFound.Refusal!));
            }
            if (await scope.Db.RequestComments.CountAsync(c => c.Request == id) >= Most)
            {
                return scope.Abandon(WriteOutcome.Refuse("too_many_comments", FormattableString.Invariant($"A request has at most {Most} comments.")));
            }
            scope.Db.RequestComments.Add(
                new()
                {
                    Request = id,
                    Author = request.Caller.Key,
                    Person = request.Caller.HumanId,
                    Text = text,
                    At = scope.Now,
                }
            );
            scope.Audit("request.commented", row.Tenant, request.Caller.Key, id);
            scope.Tell("request.commented", row.Tenant, new { request = id });
            var outcome = new WriteOutcome.Created($"/v1/requests/{id}", new { request = id, at = scope.Now });
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });
}

internal static class CommentEndpoints
{
    public static void MapRequestComments(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/requests/{request}/comments", CommentAsync)
            .InExercises()
            .WithTags("Requests")
            .Permit(anyPerson: true)
            .WithName("CommentOnRequest")
            .WithSummary("Says something to everyone who sees the request; it stays.")
            .Produces<CommentReceipt>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> CommentAsync(string request, WriteRequest write, Body<CommentBody> body, CommentOnRequest comments) =>
        Text.IsParagraph(body.Value.Text, CommentOnRequest.Longest)
            ? (await comments.CommentAsync(write, request, body.Value.Text)).ToResult()
            : Problems.BadRequest(("/text", FormattableString.Invariant($"must be 1 to {CommentOnRequest.Longest} characters")));
}

/// <param name="Text">1 to 2,000 characters.</param>
internal sealed record CommentBody(string Text);

internal sealed record CommentReceipt(string Request, DateTimeOffset At);

/// <param name="Person">Who said it; null where the role is sensitive and the reader need not know.</param>
internal sealed record CommentView(string? Person, string Text, DateTimeOffset At);
