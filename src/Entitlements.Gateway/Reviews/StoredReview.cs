using System.Diagnostics;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Items as the engine knows them, from their rows and back.</summary>
internal static class StoredReview
{
    /// <summary>From here to the end of this write nobody else moves its items, in any replica. Taken after the revision counter, never before.</summary>
    public static async Task<ReviewRow?> LockAsync(WriteScope scope, string id)
    {
        await scope.AloneAsync($"review/{id}");
        return await scope.Db.Reviews.SingleOrDefaultAsync(r => r.Id == id);
    }

    public static ReviewItem Of(ReviewRow review, ReviewItemRow row) =>
        new(review.Cause, review.EndsAt)
        {
            State = row.Status switch
            {
                ReviewItemStatus.Open => new ReviewState.Open(row.Alarmed),
                ReviewItemStatus.Kept => new ReviewState.Kept(),
                ReviewItemStatus.Removed => new ReviewState.Removed(),
                ReviewItemStatus.Shortened => new ReviewState.Shortened(row.Until!.Value),
                ReviewItemStatus.Justified => new ReviewState.Justified(),
                ReviewItemStatus.NotJustified => new ReviewState.NotJustified(),
                ReviewItemStatus.Unanswered => new ReviewState.Unanswered(),
                ReviewItemStatus.Voided => new ReviewState.Voided(row.Void!.Value),
            },
        };

    /// <summary>What is stored of the state.</summary>
    public static void Put(ReviewItemRow row, ReviewState state, DateTimeOffset now)
    {
        row.Status = StatusOf(state);
        row.Alarmed = state is ReviewState.Open { Alarmed: true };
        row.Until = (state as ReviewState.Shortened)?.Until;
        row.Void = (state as ReviewState.Voided)?.Because;
        row.DecidedAt = state is ReviewState.Open ? null : now;
    }

    /// <summary>Why there is nothing left to review; null: the very assignment stands that the item was opened for.</summary>
    public static ReviewVoidReason? GoneSince(ReviewRow review, ReviewItemRow item, RoleAssignmentRow? assignment, SubjectRow holder, DateTimeOffset now) =>
        !holder.Active ? ReviewVoidReason.SubjectLeft
        : assignment is null
        || !AssignmentEnds.IsUnended(assignment, now)
        || assignment.NotBefore > item.Since // ended, and given anew by a decision of its own
        || (review.Cause == ReviewCause.BreakGlass && assignment.Origin != review.Reference)
            ? ReviewVoidReason.AssignmentEnded
        : null;

    /// <summary>Nothing is open any more: the review is over.</summary>
    public static async Task CloseIfDoneAsync(WriteScope scope, ReviewRow review, string actor)
    {
        await scope.Db.SaveChangesAsync();
        if (review.ClosedAt is not null || await scope.Db.ReviewItems.AnyAsync(i => i.Review == review.Id && i.Status == ReviewItemStatus.Open))
        {
            return;
        }
        (review.ClosedAt, review.DueAt) = (scope.Now, null);
        await scope.TakeBackAsync(review.Id);
        scope.Audit("review.closed", review.Tenant, actor, review.Id, new { review.Role, counts = await CountsAsync(scope.Db, review.Id) });
        scope.Tell("review.closed", review.Tenant, new { review = review.Id });
    }

    /// <summary>Items by state.</summary>
    public static async Task<Dictionary<ReviewItemStatus, int>> CountsAsync(EntitlementsDb db, string review) =>
        await db
            .ReviewItems.Where(i => i.Review == review)
            .GroupBy(i => i.Status)
            .Select(g => new { g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Key, g => g.Count);

    private static ReviewItemStatus StatusOf(ReviewState state) =>
        state switch
        {
            ReviewState.Open => ReviewItemStatus.Open,
            ReviewState.Kept => ReviewItemStatus.Kept,
            ReviewState.Removed => ReviewItemStatus.Removed,
            ReviewState.Shortened => ReviewItemStatus.Shortened,
            ReviewState.Justified => ReviewItemStatus.Justified,
            ReviewState.NotJustified => ReviewItemStatus.NotJustified,
            ReviewState.Unanswered => ReviewItemStatus.Unanswered,
            ReviewState.Voided => ReviewItemStatus.Voided,
            _ => throw new UnreachableException(),
        };
}
