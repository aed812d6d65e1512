using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>What one caller is shown of a review: all of it for who looks after the tenant's people and for its reviewers; for a line manager, those whom they manage; for a holder, their own.</summary>
internal sealed class ReviewSight
{
    private static readonly string[] Overseers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];

    private readonly ReviewRow _review;
    private readonly ReviewPanel _panel;
    private readonly string? _person;

    private ReviewSight(ReviewRow review, ReviewPanel panel, Caller caller, SubjectRow? account)
    {
        (_review, _panel, Account, _person) = (review, panel, account, caller.HumanId);
        SeesAll = IsOverseer(caller, review.Tenant) || (account is not null && panel.Names(account));
        IsNamedTo =
            caller.Holds(Function.RoleAdmin, review.Tenant)
            || caller.Holds(Function.DataProtectionOfficer, review.Tenant)
            || (account is not null && panel.Names(account));
    }

    /// <summary>The caller's own account; null for a client and for somebody of no tenant.</summary>
    public SubjectRow? Account { get; }

    /// <summary>Every item, and how many there are.</summary>
    public bool SeesAll { get; }

    /// <summary>The holders of a sensitive role are named to them, whichever items they answer.</summary>
    public bool IsNamedTo { get; }

    public ReviewPanel Panel => _panel;

    /// <summary>Null where this caller is shown nothing of it.</summary>
    public static async Task<ReviewSight?> OfAsync(EntitlementsDb db, Caller caller, ReviewRow review, DateTimeOffset now)
    {
        var sight = await ReadAsync(db, caller, review, now);
        return sight.SeesAll || await sight.Visible(db).AnyAsync() ? sight : null;
    }

    /// <summary>For a review that the caller is known to be shown.</summary>
    public static async Task<ReviewSight> ReadAsync(EntitlementsDb db, Caller caller, ReviewRow review, DateTimeOffset now) =>
        new(review, await ReviewPanel.ReadAsync(db, review.Tenant, ReviewPolicies.GroupsOf(review.Reviewers), now), caller, await AccountOfAsync(db, caller));

    public static async Task<SubjectRow?> AccountOfAsync(EntitlementsDb db, Caller caller) =>
        caller is Caller.Person { SubjectKey: { } key } ? await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == key) : null;

    /// <summary>Tenants all of whose reviews the caller may see.</summary>
    public static List<string> OverseenBy(Caller caller) =>
        [
            .. caller
                .Functions.Select(f => f.Split('/'))
                .Where(f => Overseers.Contains(f[1]) || (f[1] == Function.PlatformAdmin && f[0] == TenantRow.Platform))
                .Select(f => f[0])
                .Distinct(),
        ];

    /// <summary>Its items that this caller is shown: all; or those that wait for them, that they answered, or that are about themself.</summary>
    public IQueryable<ReviewItemRow> Visible(EntitlementsDb db)
    {
        var items = Items(db);
        var own = Account?.Key ?? 0;
        return SeesAll
            ? items
            : items.Where(i => i.SubjectKey == own || (_person != null && i.AnsweredByPerson == _person) || Answerable(db).Any(a => a.Number == i.Number));
    }

    /// <summary>Its open items that this caller is asked for now.</summary>
    public IQueryable<ReviewItemRow> Answerable(EntitlementsDb db) => _panel.AnswerableBy(db, Items(db), Account);

    /// <summary>True for an item that they answered, or that is about themself.</summary>
    public bool IsTheirs(ReviewItemRow item) => item.SubjectKey == Account?.Key || (_person is not null && item.AnsweredByPerson == _person);

    /// <summary>True where answers still count: an emergency's, and what could not be taken away, also after the end.</summary>
    public static bool TakesAnswers(ReviewRow review, ReviewItemRow item, DateTimeOffset now) =>
        now < review.EndsAt || review.Cause == ReviewCause.BreakGlass || item.Alarmed;

    private IQueryable<ReviewItemRow> Items(EntitlementsDb db) => db.ReviewItems.Where(i => i.Review == _review.Id);

    private static bool IsOverseer(Caller caller, string tenant) => OverseenBy(caller).Contains(tenant);
}
