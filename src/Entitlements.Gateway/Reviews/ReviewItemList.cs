using Entitlements.Engine.Decisions;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>The items of a review with what a reviewer needs to judge them.</summary>
internal static class ReviewItemList
{
    public static async Task<IResult> ListAsync(string review, Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock, bool? waiting)
    {
        var now = clock.Now();
        var row = await db.Reviews.AsNoTracking().SingleOrDefaultAsync(r => r.Id == review);
        if (row is null || await ReviewSight.OfAsync(db, caller, row, now) is not { } sight)
        {
            return Problems.NotFound();
        }
        var after = page.AfterNumber ?? 0;
        var shown = waiting == true ? sight.Answerable(db) : sight.Visible(db);
        var items = await shown.AsNoTracking().Where(i => i.Number > after).OrderBy(i => i.Number).Take(page.Limit + 1).ToListAsync();
        var views = await ViewsAsync(db, row, sight, items, now);
        return TypedResults.Ok(page.Of(views, v => v.Id[(v.Id.IndexOf('.', StringComparison.Ordinal) + 1)..]));
    }

    private static async Task<IReadOnlyList<ReviewItemView>> ViewsAsync(
        EntitlementsDb db,
        ReviewRow review,
        ReviewSight sight,
        List<ReviewItemRow> items,
        DateTimeOffset now
    )
    {
        var (ids, keys, numbers) = (items.ConvertAll(i => i.Assignment), items.ConvertAll(i => i.SubjectKey), items.ConvertAll(i => i.Number));
        var assignments = await db.Assignments.AsNoTracking().Where(a => ids.Contains(a.Id)).ToDictionaryAsync(a => a.Id);
        var holders = await db.Subjects.AsNoTracking().Where(s => keys.Contains(s.Key)).ToDictionaryAsync(s => s.Key);
        var answerable = (await sight.Answerable(db).Where(i => numbers.Contains(i.Number)).Select(i => i.Number).ToListAsync()).ToHashSet();
        var devices = (await db.Devices.AsNoTracking().Where(d => d.Tenant == review.Tenant && keys.Contains(d.SubjectKey!.Value)).ToListAsync()).ToLookup(d =>
            d.SubjectKey!.Value
        );
        var uses = await LastUses.OfAsync(db, review.Tenant, review.Role, keys, ids);
        var isSensitive = await db.Roles.AnyAsync(r => r.Tenant == review.Tenant && r.Id == review.Role && r.Sensitive);
        return items.ConvertAll(item =>
        {
            var (assignment, holder) = (assignments.GetValueOrDefault(item.Assignment), holders[item.SubjectKey]);
            var gone = StoredReview.GoneSince(review, item, assignment, holder, now);
            var waits = answerable.Contains(item.Number);
            var isNamed = !isSensitive || sight.IsNamedTo || waits || sight.IsTheirs(item);
            return ReviewItemView.Of(
                review,
                item,
                isNamed ? holder : null,
                gone is null ? assignment : null,
                isNamed ? uses.GetValueOrDefault(item.SubjectKey) : null,
                isNamed ? [.. devices[item.SubjectKey].Select(d => ReviewDeviceView.Of(d, now))] : [],
                gone is not null && item.Status == ReviewItemStatus.Open && review.Cause != ReviewCause.BreakGlass,
                waits && (gone is null || review.Cause == ReviewCause.BreakGlass) && ReviewSight.TakesAnswers(review, item, now)
            );
        });
    }
}

/// <summary>When people last used what a role opens.</summary>
internal static class LastUses
{
    /// <summary>By subject: the last entitlement that was issued, and the last that was redeemed, under an assignment of the role or for an app whose rule names it.</summary>
    public static async Task<IReadOnlyDictionary<long, LastUse>> OfAsync(
        EntitlementsDb db,
        string tenant,
        string role,
        IReadOnlyCollection<long> subjects,
        IReadOnlyCollection<long> assignments
    )
    {
        var apps = (await Reached.ByAsync(db, tenant, [role])).Apps;
        var used =
            from entitlement in db.Entitlements
            where
                entitlement.Tenant == tenant
                && subjects.Contains(entitlement.SubjectKey)
                && (apps.Contains(entitlement.App) || assignments.Contains(entitlement.Assignment))
            join redemption in db.Redemptions on entitlement.Id equals redemption.Entitlement into redemptions
            from redemption in redemptions.DefaultIfEmpty()
            group new { entitlement.IssuedAt, RedeemedAt = (DateTimeOffset?)redemption!.RedeemedAt } by entitlement.SubjectKey into ofOne
            select new
            {
                ofOne.Key,
                Issued = ofOne.Max(u => u.IssuedAt),
                Redeemed = ofOne.Max(u => u.RedeemedAt),
            };
        return await used.ToDictionaryAsync(u => u.Key, u => new LastUse(u.Issued, u.Redeemed));
    }
}

/// <summary>The last entitlement for what the role opens.</summary>
/// <param name="RedeemedAt">The last download; null where nothing was ever fetched.</param>
internal sealed record LastUse(DateTimeOffset IssuedAt, DateTimeOffset? RedeemedAt);

/// <summary>One assignment under review.</summary>
/// <param name="Subject">Who holds it; null where the role is sensitive and the reader need not know.</param>
/// <param name="Until">First instant at which it is no longer held as things stand; null: no end, or over.</param>
/// <param name="Suspended">It confers nothing now: the assignment or the account is suspended.</param>
/// <param name="LastUse">Null: never used, or the reader need not know.</param>
/// <param name="Devices">Of theirs, as registered here.</param>
/// <param name="Waiting">It waits for the reader's answer.</param>
/// <param name="Answer">Who answered, why, and when; null where nobody did.</param>
internal sealed record ReviewItemView(
    string Id,
    string? Subject,
    string? DisplayName,
    AssignmentSource Source,
    DateTimeOffset Since,
    DateTimeOffset? Until,
    bool Suspended,
    ReviewItemStatus Status,
    LastUse? LastUse,
    IReadOnlyList<ReviewDeviceView> Devices,
    bool Waiting,
    ReviewAnswerView? Answer,
    DateTimeOffset? DecidedAt
)
{
    public static ReviewItemView Of(
        ReviewRow review,
        ReviewItemRow item,
        SubjectRow? holder,
        RoleAssignmentRow? assignment,
        LastUse? lastUse,
        IReadOnlyList<ReviewDeviceView> devices,
        bool isGone,
        bool waiting
    ) =>
        new(
            OpenReview.ItemId(review.Id, item.Number),
            holder?.Id,
            holder?.DisplayName,
            item.Source,
            item.Since,
            assignment?.NotAfter,
            assignment is { Suspended: true } || holder is { Suspended: true },
            isGone ? ReviewItemStatus.Voided : item.Status,
            lastUse,
            devices,
            waiting,
            item.AnsweredBy is null ? null : new(item.AnsweredByPerson, item.Reason!, item.Until),
            item.DecidedAt
        );
}

/// <param name="Person">Who answered.</param>
/// <param name="Until">The cut that was made.</param>
internal sealed record ReviewAnswerView(string? Person, string Reason, DateTimeOffset? Until);

/// <param name="Usable">False once its booking, or its provisional enrolment, is over.</param>
internal sealed record ReviewDeviceView(string Device, DeviceKind Kind, bool Managed, bool Usable)
{
    public static ReviewDeviceView Of(DeviceRow row, DateTimeOffset now) =>
        new(row.Id, row.Kind, row.Managed, row.UsableUntil is null || row.UsableUntil > now);
}
