using System.Globalization;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>What a reviewer sends: one answer for all of the items, or for none.</summary>
internal sealed record ReviewDecision(IReadOnlyList<string> Items, ReviewAnswer Answer, string Reason);

/// <summary>A reviewer answers; what the answer takes away is gone in the same transaction.</summary>
internal sealed class AnswerReview(Writes writes)
{
    public Task<WriteOutcome> AnswerAsync(WriteRequest request, string id, ReviewDecision decision) =>
        writes.ReviseWriteAsync(async scope =>
        {
            if (await Idempotency.FindAsync(scope, request) is { } earlier)
            {
                return earlier.Keep(scope);
            }
            var outcome = await DecideAsync(scope, request.Caller, id, decision);
            if (outcome is WriteOutcome.Refused)
            {
                return scope.Abandon(outcome);
            }
            Idempotency.Keep(scope, request, outcome);
            return outcome;
        });

    private static async Task<WriteOutcome> DecideAsync(WriteScope scope, Caller caller, string id, ReviewDecision decision)
    {
        if (await StoredReview.LockAsync(scope, id) is not { } review || await ReviewSight.OfAsync(scope.Db, caller, review, scope.Now) is not { } sight)
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
        }
        var numbers = decision.Items.Select(item => NumberOf(review.Id, item)).ToList();
        var rows = await sight.Visible(scope.Db).Where(i => numbers.Contains(i.Number)).ToDictionaryAsync(i => i.Number);
        if (FaultsOf(numbers, rows).ToList() is { Count: > 0 } faults)
        {
            return new WriteOutcome.Refused(new("invalid_body", "", StatusCodes.Status400BadRequest) { Errors = faults });
        }
        var answerable = await sight.Answerable(scope.Db).Where(i => numbers.Contains(i.Number)).Select(i => i.Number).ToListAsync();
        var move = new MoveItems(scope, review, caller.Key);
        await move.RunAsync(
            numbers.ConvertAll(n => rows[n]),
            (item, holder) =>
                new ReviewEvent.Answered(
                    caller.HumanId,
                    holder.Key == sight.Account?.Key || (caller.HumanId is { } person && person == holder.Person),
                    answerable.Contains(item.Number),
                    decision.Answer
                )
        );
        if (move.Refusals.Count > 0)
        {
            return RefusalOf(move.Refusals);
        }
        await RecordAsync(scope, caller, review, rows.Values, decision);
        return new WriteOutcome.Done(scope.Revision, Narrowed: move.HasNarrowed, review.Version, new { review = review.Id, answered = rows.Count });
    }

    private static async Task RecordAsync(WriteScope scope, Caller caller, ReviewRow review, IReadOnlyCollection<ReviewItemRow> rows, ReviewDecision decision)
    {
        foreach (var row in rows)
        {
            (row.AnsweredBy, row.AnsweredByPerson, row.Reason) = (caller.Key, caller.HumanId, decision.Reason);
        }
        review.Version++;
        scope.Audit(
            "review.answered",
            review.Tenant,
            caller.Key,
            review.Id,
            new
            {
                review.Role,
                answer = rows.First().Status,
                until = rows.First().Until,
                items = rows.Select(r => r.Number).Order().ToList(),
                decision.Reason,
            }
        );
        await StoredReview.CloseIfDoneAsync(scope, review, caller.Key);
    }

    /// <summary>0, which no item has, for what is none of this review's.</summary>
    private static int NumberOf(string review, string item) =>
        item.StartsWith($"{review}.", StringComparison.Ordinal)
        && int.TryParse(item.AsSpan(review.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && OpenReview.ItemId(review, number) == item
            ? number
            : 0;

    private static IEnumerable<(string, string)> FaultsOf(List<int> numbers, Dictionary<int, ReviewItemRow> rows)
    {
        foreach (var (position, number) in numbers.Index())
        {
            if (!rows.ContainsKey(number))
            {
                yield return (PointerTo(position), "is none of this review's items");
            }
            else if (numbers.IndexOf(number) < position)
            {
                yield return (PointerTo(position), "stands here twice");
            }
        }
    }

    /// <summary>The first item's refusal says which; every refused item is named with its own.</summary>
    private static WriteOutcome RefusalOf(List<(int Position, ReviewRefusal Because)> refusals)
    {
        var (code, detail, status) = WordsOf(refusals[0].Because);
        var errors = refusals.ToDictionary(r => PointerTo(r.Position), r => new[] { WordsOf(r.Because).Code });
        return new WriteOutcome.Refused(
            status == StatusCodes.Status400BadRequest
                ? new(code, detail, status) { Errors = [("/decision", detail)] }
                : new(code, $"{detail} Nothing was answered.", status) { Members = new Dictionary<string, object?> { ["errors"] = errors } }
        );
    }

    private static string PointerTo(int position) => string.Create(CultureInfo.InvariantCulture, $"/items/{position}");

    private static (string Code, string Detail, int Status) WordsOf(ReviewRefusal refusal) =>
        refusal switch
        {
            ReviewRefusal.Decided => ("item_decided", "It has been answered already, or there is nothing left to review.", StatusCodes.Status409Conflict),
            ReviewRefusal.TooLate => (
                "review_ended",
                "It is too late: nobody answered in time. A new request or a change brings the role back.",
                StatusCodes.Status409Conflict
            ),
            ReviewRefusal.Gone => ("item_gone", "The assignment has ended meanwhile.", StatusCodes.Status409Conflict),
            ReviewRefusal.PersonRequired => ("person_required", "Reviewing is for people with an employee number on record.", StatusCodes.Status403Forbidden),
            ReviewRefusal.OwnItem => ("own_item", "Nobody reviews what they hold themself, whichever account they use.", StatusCodes.Status403Forbidden),
            ReviewRefusal.NotAReviewer => ("not_a_reviewer", "You are none of those whom this asks now.", StatusCodes.Status403Forbidden),
            ReviewRefusal.WrongAnswer => (
                "invalid_body",
                "is justified or not_justified after an emergency, and keep, remove or shorten for all else",
                StatusCodes.Status400BadRequest
            ),
            ReviewRefusal.LastAdministrator => (
                "last_administrator",
                "Nobody else holds this administrative role: appoint another person first.",
                StatusCodes.Status409Conflict
            ),
            ReviewRefusal.NotShorter => (
                "not_shorter",
                "until must lie in the future, after the assignment's beginning and before its end.",
                StatusCodes.Status409Conflict
            ),
        };
}
