using System.Globalization;
using Entitlements.Engine.Requests;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>A review as it is asked for.</summary>
/// <param name="Actor">Who opens it (<see cref="Identity.Caller.Key"/>).</param>
internal sealed record NewReview(
    string Tenant,
    string Role,
    ReviewCause Cause,
    IReadOnlyList<Approver> Reviewers,
    NoAnswer OnNoAnswer,
    TimeSpan AnswerWithin,
    string Actor
)
{
    /// <summary>The person behind the actor; null for a machine.</summary>
    public string? ActorPerson { get; init; }
    public string? Reference { get; init; }
    public string? Reason { get; init; }
}

/// <summary>Opens a review, in the transaction of what it is opened for.</summary>
internal static class OpenReview
{
    /// <summary>Of a role one such review runs at a time: whoever opens one is alone.</summary>
    public const string Alone = "reviews.open";

    /// <summary>Of every assignment of the role that confers something now; null where there is none: an empty list is nothing to ask anybody about.</summary>
    /// <param name="only">Keys of the accounts whose it is; null: whosever.</param>
    public static async Task<ReviewRow?> OfRoleAsync(WriteScope scope, NewReview review, IReadOnlyCollection<long>? only = null)
    {
        var row = Add(scope, review);
        await scope.Db.SaveChangesAsync();
        var postgres = scope.Db.Database.IsNpgsql();
        var theirs = postgres
            ? " and a.subject_key in (select cast(e.value as bigint) from jsonb_array_elements_text({4}::jsonb) e)"
            : " and a.subject_key in (select e.value from json_each({4}) e)";
        var statement = // one, whatever their number
            "insert into review_item (review, number, assignment, subject_key, source, since, status, alarmed)"
            + " select {0}, row_number() over (order by a.id), a.id, a.subject_key, a.source, a.not_before, 'Open', false"
            + " from role_assignment a join subject s on s.key = a.subject_key"
            + " where a.tenant = {1} and a.role = {2} and not a.ended and not a.suspended and s.active"
            + " and a.not_before <= {3} and (a.not_after is null or a.not_after > {3})"
            + (only is null ? "" : theirs);
        var items = await scope.Db.Database.ExecuteSqlRawAsync(
            statement,
            [row.Id, row.Tenant, row.Role, Instants.ToParameter(scope.Now, postgres), StoredJson.Write(only ?? [])]
        );
        if (items == 0)
        {
            await scope.Db.Reviews.Where(r => r.Id == row.Id).ExecuteDeleteAsync();
            scope.Db.Entry(row).State = EntityState.Detached;
            return null;
        }
        await TellAsync(scope, row, items);
        return row;
    }

    /// <summary>Of one assignment.</summary>
    public static async Task<ReviewRow> OfOneAsync(WriteScope scope, NewReview review, RoleAssignmentRow assignment)
    {
        var row = Add(scope, review);
        scope.Db.ReviewItems.Add(
            new()
            {
                Review = row.Id,
                Number = 1,
                Assignment = assignment.Id,
                SubjectKey = assignment.SubjectKey,
                Source = assignment.Source,
                Since = assignment.NotBefore,
            }
        );
        await scope.Db.SaveChangesAsync();
        await TellAsync(scope, row, 1);
        return row;
    }

    private static ReviewRow Add(WriteScope scope, NewReview review)
    {
        var row = new ReviewRow
        {
            Id = RandomIds.New("rvw_"),
            Tenant = review.Tenant,
            Role = review.Role,
            Cause = review.Cause,
            Reference = review.Reference,
            OpenedBy = review.Actor,
            OpenedByPerson = review.ActorPerson,
            Reason = review.Reason,
            Reviewers = StoredJson.Write(review.Reviewers),
            OnNoAnswer = review.OnNoAnswer,
            OpenedAt = scope.Now,
            EndsAt = scope.Now + review.AnswerWithin,
            DueAt = ReviewMachine.NextReminder(scope.Now, scope.Now + review.AnswerWithin, sent: 0),
            SeenRevision = scope.Revision,
        };
        scope.Db.Reviews.Add(row);
        return row;
    }

    private static async Task TellAsync(WriteScope scope, ReviewRow row, int items)
    {
        scope.Audit(
            "review.opened",
            row.Tenant,
            row.OpenedBy,
            row.Id,
            new
            {
                row.Role,
                row.Cause,
                row.Reference,
                row.Reason,
                row.EndsAt,
                items,
            }
        );
        scope.Tell("review.opened", row.Tenant, new { review = row.Id, cause = row.Cause });
        await ReviewTelling.TellReviewersAsync(scope, row, again: false);
    }

    internal static string ItemId(string review, int number) => string.Create(CultureInfo.InvariantCulture, $"{review}.{number}");
}
