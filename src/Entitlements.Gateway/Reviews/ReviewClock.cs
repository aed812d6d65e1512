using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>
/// Opens the reviews whose time has come, reminds, asks those who have become reviewers, and does what no answer does. Any number of replicas may run it; each
/// effect happens once, in the transaction that marks it done. An answer looks at the end for itself, whether or not this has.
/// </summary>
internal sealed class ReviewClock(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ReviewClock> log)
    : Worker("Reviews", TimeSpan.FromMinutes(1), scopes, clock, log)
{
    private const int Batch = 20;
    private const int ItemsAtOnce = 200;
    private const string Machine = "machine:entitlements";

    protected override async Task ActAsync(CancellationToken stopping)
    {
        await DrainAsync(OpenAsync, Batch, stopping);
        await DrainAsync(LookAsync, Batch, stopping);
        while (await EndAsync() && !stopping.IsCancellationRequested) { }
    }

    /// <summary>Opens a batch of reviews that are due; returns how many.</summary>
    internal Task<int> OpenAsync() =>
        RecordAsync(async write =>
        {
            await write.AloneAsync(OpenReview.Alone);
            var due = await DueReviews.FindAsync(write.Db, write.Now, Batch);
            foreach (var (tenant, role, policy) in due)
            {
                await OpenReview.OfRoleAsync(
                    write,
                    new(tenant, role, ReviewCause.Recurring, policy.Reviewers, policy.OnNoAnswer, policy.AnswerWithin, Machine)
                );
            }
            return due.Count;
        });

    /// <summary>Reminds, asks and tidies in a batch of reviews that run; returns how many were looked at.</summary>
    internal Task<int> LookAsync() =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("reviews.clock");
            var due = await Due(write.Db, write.Now).Where(r => r.EndsAt > write.Now).OrderBy(r => r.DueAt).Select(r => r.Id).Take(Batch).ToListAsync();
            foreach (var id in due)
            {
                await LookAtAsync(write, (await StoredReview.LockAsync(write, id))!);
            }
            return due.Count;
        });

    /// <summary>Does what no answer does to one batch of items of one review that is over; false when there was none.</summary>
    internal async Task<bool> EndAsync()
    {
        await using var scope = Scopes.CreateAsyncScope();
        if (!await Due(scope.ServiceProvider.GetRequiredService<EntitlementsDb>(), Clock.Now()).AnyAsync(r => r.EndsAt <= Clock.Now()))
        {
            return false; // without the revision that a look under its lock would cost
        }
        var ended = await scope
            .ServiceProvider.GetRequiredService<Writes>()
            .ReviseAsync(async write =>
            {
                var id = await Due(write.Db, write.Now).Where(r => r.EndsAt <= write.Now).OrderBy(r => r.DueAt).Select(r => r.Id).FirstOrDefaultAsync();
                if (id is null || await StoredReview.LockAsync(write, id) is not { ClosedAt: null } review)
                {
                    return write.Abandon(false);
                }
                await EndBatchAsync(write, review);
                return true;
            });
        return ended.Outcome;
    }

    /// <summary>Whose time has come, or in whose tenant something was altered since they were last looked at: reviewers may have come and gone.</summary>
    private static IQueryable<ReviewRow> Due(EntitlementsDb db, DateTimeOffset now) =>
        db.Reviews.Where(r =>
            r.ClosedAt == null
            && (
                r.DueAt <= now
                || db.Set<GlobalGuardRow>().Any(g => g.Rev > r.SeenRevision)
                || db.Set<TenantGuardRow>().Any(g => g.Tenant == r.Tenant && g.Rev > r.SeenRevision)
            )
        );

    private static async Task LookAtAsync(WriteScope write, ReviewRow review)
    {
        var gone = await Gone(write.Db, review, write.Now).OrderBy(i => i.Number).Take(ItemsAtOnce).ToListAsync();
        await new MoveItems(write, review, Machine).RunAsync(gone, (_, _) => new ReviewEvent.Ticked());
        await StoredReview.CloseIfDoneAsync(write, review, Machine);
        if (review.ClosedAt is not null)
        {
            return;
        }
        var sent = review.Reminders;
        while (ReviewMachine.NextReminder(review.OpenedAt, review.EndsAt, review.Reminders) <= write.Now)
        {
            review.Reminders++;
        }
        if (review.Reminders > sent)
        {
            write.Tell("review.reminder", review.Tenant, new { review = review.Id });
        }
        await ReviewTelling.TellReviewersAsync(write, review, again: review.Reminders > sent);
        review.DueAt = gone.Count == ItemsAtOnce ? write.Now : ReviewMachine.NextReminder(review.OpenedAt, review.EndsAt, review.Reminders) ?? review.EndsAt;
        review.SeenRevision = write.Revision;
        await write.Db.SaveChangesAsync();
    }

    private static async Task EndBatchAsync(WriteScope write, ReviewRow review)
    {
        var open = await write
            .Db.ReviewItems.Where(i => i.Review == review.Id && i.Status == ReviewItemStatus.Open)
            .OrderBy(i => i.Alarmed)
            .ThenBy(i => i.Number)
            .Take(ItemsAtOnce)
            .ToListAsync();
        var move = new MoveItems(write, review, Machine);
        await move.RunAsync(open, (_, _) => new ReviewEvent.Ticked());
        var unanswered = open.Where(i => i.Status == ReviewItemStatus.Unanswered).Select(i => i.Number).ToList();
        if (unanswered.Count > 0)
        {
            write.Audit(
                "review.unanswered",
                review.Tenant,
                Machine,
                review.Id,
                new
                {
                    review.Role,
                    review.OnNoAnswer,
                    items = unanswered,
                }
            );
            write.Tell("review.unanswered", review.Tenant, new { review = review.Id, items = unanswered.Count });
        }
        await StoredReview.CloseIfDoneAsync(write, review, Machine);
        if (review.ClosedAt is not null)
        {
            return;
        }
        if (open.TrueForAll(i => i.Status == ReviewItemStatus.Open) || open.Count < ItemsAtOnce)
        {
            if (move.HasAlarmed)
            {
                write.Tell("review.overdue", review.Tenant, new { review = review.Id, cause = review.Cause });
            }
            await ReviewTelling.TellReviewersAsync(write, review, again: move.HasAlarmed);
            (review.DueAt, review.SeenRevision) = (null, write.Revision); // what is left waits for an answer, or for something to be altered
        }
    }

    /// <summary>Open items whose assignment ended, or whose holder left, since. What an emergency opened is answered all the same.</summary>
    private static IQueryable<ReviewItemRow> Gone(EntitlementsDb db, ReviewRow review, DateTimeOffset now) =>
        db.ReviewItems.Where(i =>
            i.Review == review.Id
            && i.Status == ReviewItemStatus.Open
            && review.Cause != ReviewCause.BreakGlass
            && (
                !db.Subjects.Any(s => s.Key == i.SubjectKey && s.Active)
                || !db.Assignments.Unended(now).Any(a => a.Id == i.Assignment && a.NotBefore <= i.Since)
            )
        );
}
