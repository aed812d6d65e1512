using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Tells reviewers that a review waits for them. No message says which role or whose.</summary>
internal static class ReviewTelling
{
    /// <param name="again">Also those who were told before: a reminder. Otherwise only who has become a reviewer since.</param>
    public static async Task TellReviewersAsync(WriteScope scope, ReviewRow row, bool again)
    {
        var panel = await ReviewPanel.ReadAsync(scope.Db, row.Tenant, ReviewPolicies.GroupsOf(row.Reviewers), scope.Now);
        var (asked, hasNobody) = await panel.AskedAsync(scope.Db, scope.Db.ReviewItems.Where(i => i.Review == row.Id));
        var told = await scope.Db.ReviewTold.Where(t => t.Review == row.Id).Select(t => t.SubjectKey).ToListAsync();
        if (again)
        {
            await scope.TakeBackAsync(row.Id); // who was told and has not read it is told once
        }
        foreach (var key in asked.Select(a => a.Key).Where(key => again || !told.Contains(key)))
        {
            scope.TellPerson(key, PersonMessage.Review, isUrgent: row.Cause == ReviewCause.BreakGlass, row.Id);
        }
        scope.Db.ReviewTold.AddRange(asked.Select(a => a.Key).Except(told).Select(key => new ReviewToldRow { Review = row.Id, SubjectKey = key }));
        if (hasNobody && !row.NobodyTold)
        {
            scope.Tell("review.no_reviewer", row.Tenant, new { review = row.Id });
        }
        row.NobodyTold = hasNobody;
    }
}
