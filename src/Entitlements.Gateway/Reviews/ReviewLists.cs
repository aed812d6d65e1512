using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Reads reviews. Nothing is ever removed from them.</summary>
internal static class ReviewLists
{
    public static async Task<IResult> ListAsync(
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        TimeProvider clock,
        string? view,
        string? status,
        string? cause,
        string? tenant,
        string? role
    )
    {
        if (status is not (null or "open" or "closed"))
        {
            return Problems.BadRequest("status is one of open, closed.", "invalid_filter");
        }
        if (cause is not null && !Enum.GetValues<ReviewCause>().Any(c => ReviewWords.Of(c) == cause))
        {
            return Problems.BadRequest($"cause is one of {string.Join(", ", Enum.GetValues<ReviewCause>().Select(ReviewWords.Of))}.", "invalid_filter");
        }
        var after = page.After is null ? null : await db.Reviews.AsNoTracking().SingleOrDefaultAsync(r => r.Id == page.After);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor");
        }
        var wanted = cause is null ? (ReviewCause?)null : Enum.GetValues<ReviewCause>().Single(c => ReviewWords.Of(c) == cause);
        var filtered = db
            .Reviews.AsNoTracking()
            .Where(r =>
                (status == null || (status == "open") == (r.ClosedAt == null))
                && (wanted == null || r.Cause == wanted)
                && (tenant == null || r.Tenant == tenant)
                && (role == null || r.Role == role)
            );
        var (account, overseen, person) = (await ReviewSight.AccountOfAsync(db, caller), ReviewSight.OverseenBy(caller), caller.HumanId);
        var own = account?.Key ?? 0;
        var rows = view switch
        {
            null or "inbox" => await InboxAsync(db, filtered, account, page, after, clock.Now()),
            "mine" => await NewestAsync(filtered.Where(r => db.ReviewItems.Any(i => i.Review == r.Id && i.SubjectKey == own)), page, after),
            "answered" => await NewestAsync(
                filtered.Where(r => person != null && db.ReviewItems.Any(i => i.Review == r.Id && i.AnsweredByPerson == person)),
                page,
                after
            ),
            "all" => await NewestAsync(filtered.Where(r => overseen.Contains(r.Tenant)), page, after),
            _ => null,
        };
        if (rows is null)
        {
            return Problems.BadRequest("view is one of inbox, mine, answered, all.", "invalid_filter");
        }
        var views = new List<ReviewView>();
        foreach (var row in rows)
        {
            views.Add(await ReviewView.OfAsync(db, row, await ReviewSight.ReadAsync(db, caller, row, clock.Now()), clock.Now()));
        }
        return TypedResults.Ok(page.Of(views, v => v.Id));
    }

    public static async Task<IResult> ReadAsync(string review, HttpContext context, Caller caller, EntitlementsDb db, TimeProvider clock)
    {
        var row = await db.Reviews.AsNoTracking().SingleOrDefaultAsync(r => r.Id == review);
        return row is null || await ReviewSight.OfAsync(db, caller, row, clock.Now()) is not { } sight
            ? Problems.NotFound()
            : WriteResults.OfResource(context, await ReviewView.OfAsync(db, row, sight, clock.Now()), row.Version);
    }

    private static Task<List<ReviewRow>> NewestAsync(IQueryable<ReviewRow> rows, PageQuery page, ReviewRow? after)
    {
        var (at, id) = (after?.OpenedAt, after?.Id);
        return rows.Where(r => at == null || r.OpenedAt < at || (r.OpenedAt == at && r.Id.CompareTo(id) > 0))
            .OrderByDescending(r => r.OpenedAt)
            .ThenBy(r => r.Id)
            .Take(page.Limit + 1)
            .ToListAsync();
    }

    /// <summary>What waits for this person's answer, most urgent first. Of a tenant some dozens are open at a time, so each is looked at.</summary>
    private static async Task<List<ReviewRow>> InboxAsync(
        EntitlementsDb db,
        IQueryable<ReviewRow> rows,
        SubjectRow? account,
        PageQuery page,
        ReviewRow? after,
        DateTimeOffset now
    )
    {
        var (waiting, panels) = (new List<ReviewRow>(), new Dictionary<string, ReviewPanel>(StringComparer.Ordinal));
        if (account is null)
        {
            return waiting;
        }
        var (ends, id) = (after?.EndsAt, after?.Id);
        var open = await rows.Where(r =>
                r.Tenant == account.Tenant && r.ClosedAt == null && (ends == null || r.EndsAt > ends || (r.EndsAt == ends && r.Id.CompareTo(id) > 0))
            )
            .OrderBy(r => r.EndsAt)
            .ThenBy(r => r.Id)
            .ToListAsync();
        foreach (var row in open.TakeWhile(_ => waiting.Count <= page.Limit))
        {
            if (!panels.TryGetValue(row.Reviewers, out var panel))
            {
                panel = panels[row.Reviewers] = await ReviewPanel.ReadAsync(db, row.Tenant, ReviewPolicies.GroupsOf(row.Reviewers), now);
            }
            var answerable = panel.AnswerableBy(db, db.ReviewItems.Where(i => i.Review == row.Id), account);
            if (await answerable.AnyAsync(i => now < row.EndsAt || row.Cause == ReviewCause.BreakGlass || i.Alarmed))
            {
                waiting.Add(row);
            }
        }
        return waiting;
    }
}

/// <summary>A review as its reviewers and overseers see it.</summary>
/// <param name="Cause">Why it was opened: <c>recurring</c>, <c>by_hand</c>, <c>incompatibility</c> or <c>break_glass</c>.</param>
/// <param name="Reference">After an emergency: the request that access was taken with.</param>
/// <param name="Reviewers">Whoever is in these groups at the moment may answer.</param>
/// <param name="EndsAt">First instant at which it is too late to answer; after an emergency, at which the answer is overdue.</param>
/// <param name="OnNoAnswer">What happens to an assignment that nobody answers for.</param>
/// <param name="Waiting">How many of its items wait for the reader.</param>
/// <param name="Items">How many there are in each state; null for who is shown only some of them, or too few of a sensitive role.</param>
internal sealed record ReviewView(
    string Id,
    string Tenant,
    string Role,
    ReviewCause Cause,
    string? Reference,
    string? Reason,
    IReadOnlyList<ApproverBody> Reviewers,
    NoAnswer OnNoAnswer,
    ReviewStatus Status,
    DateTimeOffset OpenedAt,
    DateTimeOffset EndsAt,
    DateTimeOffset? ClosedAt,
    int Waiting,
    ReviewCounts? Items
)
{
    /// <summary>Below this many holders of a sensitive role even the count is withheld from who need not know.</summary>
    private const int CountFloor = 5;

    public static async Task<ReviewView> OfAsync(EntitlementsDb db, ReviewRow row, ReviewSight sight, DateTimeOffset now)
    {
        var counts = sight.SeesAll ? ReviewCounts.Of(await StoredReview.CountsAsync(db, row.Id)) : null;
        var withheld = counts?.All < CountFloor && !sight.IsNamedTo && await db.Roles.AnyAsync(r => r.Tenant == row.Tenant && r.Id == row.Role && r.Sensitive);
        return new(
            row.Id,
            row.Tenant,
            row.Role,
            row.Cause,
            row.Reference,
            row.Reason,
            [.. ReviewPolicies.GroupsOf(row.Reviewers).Select(ApproverBody.Of)],
            row.OnNoAnswer,
            row.ClosedAt is not null ? ReviewStatus.Closed : ReviewStatus.Open,
            row.OpenedAt,
            row.EndsAt,
            row.ClosedAt,
            await sight.Answerable(db).CountAsync(i => now < row.EndsAt || row.Cause == ReviewCause.BreakGlass || i.Alarmed),
            withheld ? null : counts
        );
    }
}

internal enum ReviewStatus
{
    Open,
    Closed,
}

/// <summary>Items by state.</summary>
internal sealed record ReviewCounts(int All, int Open, int Kept, int Removed, int Shortened, int Justified, int NotJustified, int Unanswered, int Voided)
{
    public static ReviewCounts Of(IReadOnlyDictionary<ReviewItemStatus, int> counts)
    {
        int In(ReviewItemStatus status) => counts.GetValueOrDefault(status);
        return new(
            counts.Values.Sum(),
            In(ReviewItemStatus.Open),
            In(ReviewItemStatus.Kept),
            In(ReviewItemStatus.Removed),
            In(ReviewItemStatus.Shortened),
            In(ReviewItemStatus.Justified),
            In(ReviewItemStatus.NotJustified),
            In(ReviewItemStatus.Unanswered),
            In(ReviewItemStatus.Voided)
        );
    }
}

internal static class ReviewWords
{
    /// <summary>As the API says it.</summary>
    public static string Of(ReviewCause cause) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(cause.ToString());
}
