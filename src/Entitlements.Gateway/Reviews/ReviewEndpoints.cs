using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Reviews;

/// <summary><c>/v1/reviews</c>: whether those who hold a role are still to have it. For people, with their own token.</summary>
internal static class ReviewEndpoints
{
    public static void MapReviewRoutes(this IEndpointRouteBuilder routes)
    {
        var reviews = routes.MapGroup("/v1/reviews").WithTags("Reviews").InExercises();
        reviews
            .MapPost("", OpenAsync)
            .PermitManaging(Function.RoleAdmin, Function.DataProtectionOfficer, Function.PlatformAdmin)
            .WithName("OpenReview")
            .WithSummary("Opens a review of everyone who holds a role, now rather than when it is due.")
            .Produces<ReviewReceipt>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        reviews
            .MapGet("", ReviewLists.ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListReviews")
            .WithSummary(
                "Those that wait for one's answer (inbox), of what one holds (mine), that one has answered in (answered), or those of a tenant whose people one looks after (all)."
            )
            .Produces<Page<ReviewView>>();
        reviews
            .MapGet("{review}", ReviewLists.ReadAsync)
            .Permit(anyPerson: true)
            .WithName("GetReview")
            .WithSummary("One review: of which role, until when, how far it has come.")
            .Produces<ReviewView>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        reviews
            .MapGet("{review}/items", ReviewItemList.ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListReviewItems")
            .WithSummary("Who holds the role, since when, until when, with their last use of it and their devices.")
            .Produces<Page<ReviewItemView>>()
            .ProducesProblem(StatusCodes.Status404NotFound);
        reviews
            .MapPost("{review}/decisions", DecideAsync)
            .Permit(anyPerson: true)
            .WithName("DecideReviewItems")
            .WithSummary("One answer for some items, with one reason: all of it is done, or nothing. What it takes away is gone with the answer.")
            .ProducesWrite();
    }

    private static async Task<IResult> OpenAsync(WriteRequest request, Body<ReviewBody> body, OpenReviewByHand open)
    {
        Text.ReasonFaults(body.Value.Reason, required: true).ThrowIfAny();
        return (await open.OpenAsync(request, body.Value.Tenant?.Value, body.Value.Role.Value, body.Value.Reason.Trim())).ToResult();
    }

    private static async Task<IResult> DecideAsync(string review, WriteRequest request, Body<ReviewDecisionBody> body, AnswerReview answers)
    {
        body.Value.Faults().ThrowIfAny();
        return (await answers.AnswerAsync(request, review, body.Value.ToDecision())).ToResult();
    }
}

/// <param name="Tenant">May be left out by who looks after one tenant's people.</param>
/// <param name="Reason">Why, on one line.</param>
internal sealed record ReviewBody(NameId Role, string Reason, NameId? Tenant = null);

/// <summary>The answer to a review that was opened.</summary>
internal sealed record ReviewReceipt(string Review);

/// <summary>One answer for some items of a review.</summary>
internal sealed record ReviewDecisionBody
{
    private const int MostItems = 500;

    /// <summary>1 to 500 ids, as the review's list of items gives them.</summary>
    public required IReadOnlyList<string> Items { get; init; }

    /// <summary>After an emergency <c>justified</c> or <c>not_justified</c>, else <c>keep</c>, <c>remove</c> or <c>shorten</c>.</summary>
    public required ReviewChoice Decision { get; init; }

    /// <summary>With <c>shorten</c>, and with it alone: first instant at which the role is no longer held.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why, on one line; kept with each item.</summary>
    public required string Reason { get; init; }

    public ReviewDecision ToDecision() =>
        new(
            Items,
            Decision switch
            {
                ReviewChoice.Keep => new ReviewAnswer.Keep(),
                ReviewChoice.Remove => new ReviewAnswer.Remove(),
                ReviewChoice.Shorten => new ReviewAnswer.Shorten(Until!.Value.Cut()),
                ReviewChoice.Justified => new ReviewAnswer.Justified(),
                ReviewChoice.NotJustified => new ReviewAnswer.NotJustified(),
            },
            Reason.Trim()
        );

    public IEnumerable<(string, string)> Faults()
    {
        if (Items.Count is 0 or > MostItems)
        {
            yield return ("/items", FormattableString.Invariant($"must be 1 to {MostItems} ids"));
        }
        if ((Decision == ReviewChoice.Shorten) != Until.HasValue)
        {
            yield return ("/until", "stands with shorten, and with it alone");
        }
        foreach (var fault in Text.ReasonFaults(Reason, required: true))
        {
            yield return fault;
        }
    }
}

internal enum ReviewChoice
{
    Keep,
    Remove,
    Shorten,
    Justified,
    NotJustified,
}
