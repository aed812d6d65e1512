using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Reads requests: one's own, one's inbox, or, for overseers, a tenant's. Nothing is ever removed from them.</summary>
internal static class RequestLists
{
    public static async Task<IResult> ListAsync(
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        TimeProvider clock,
        string? view,
        string? status,
        string? tenant,
        string? role,
        string? subject
    )
    {
        if (status is not null && !Enum.GetValues<RequestStatus>().Any(s => RequestWords.Of(s) == status))
        {
            return Problems.BadRequest($"status is one of {string.Join(", ", Enum.GetValues<RequestStatus>().Select(RequestWords.Of))}.", "invalid_filter");
        }
        var wanted = status is null ? (RequestStatus?)null : Enum.GetValues<RequestStatus>().Single(s => RequestWords.Of(s) == status);
        var after = page.After is null ? null : await db.AccessRequests.AsNoTracking().SingleOrDefaultAsync(r => r.Id == page.After);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor");
        }
        var rights = await VotingRights.OfAsync(db, caller, clock.Now());
        var last = after is null ? null : await db.RequestAsks.Where(a => a.Request == after.Id).MaxAsync(a => (DateTimeOffset?)a.DueAt);
        var filtered = db
            .AccessRequests.AsNoTracking()
            .Where(r =>
                (wanted == null || r.Status == wanted)
                && (tenant == null || r.Tenant == tenant)
                && (role == null || r.Role == role)
                && (subject == null || db.Subjects.Any(s => s.Key == r.SubjectKey && s.Id == subject))
            );
        var rows = view switch
        {
            null or "mine" => Newest(filtered.Where(r => r.SubjectKey == KeyOf(caller)), after),
            "all" => Newest(Overseen(db, filtered, caller, isByName: subject is not null), after),
            "inbox" => Inbox(db, filtered, caller, rights, after, last, clock.Now()),
            _ => null,
        };
        if (rows is null)
        {
            return Problems.BadRequest("view is one of mine, inbox, all.", "invalid_filter");
        }
        return TypedResults.Ok(page.Of(await ViewsAsync(db, caller, rights, await rows.Take(page.Limit + 1).ToListAsync(), clock.Now()), v => v.Id));
    }

    public static async Task<IResult> ReadAsync(string request, HttpContext context, Caller caller, EntitlementsDb db, TimeProvider clock)
    {
        var row = await db.AccessRequests.AsNoTracking().SingleOrDefaultAsync(r => r.Id == request);
        if (row is null || !await RequestSight.MaySeeAsync(db, caller, row, clock.Now()))
        {
            return Problems.NotFound();
        }
        var views = await ViewsAsync(db, caller, await VotingRights.OfAsync(db, caller, clock.Now()), [row], clock.Now());
        return WriteResults.OfResource(context, views[0], row.Version);
    }

    private static long KeyOf(Caller caller) => caller is Caller.Person { SubjectKey: { } key } ? key : 0;

    /// <param name="isByName">Somebody's are looked for: then those that do not name them to this caller are not found either.</param>
    private static IQueryable<AccessRequestRow> Overseen(EntitlementsDb db, IQueryable<AccessRequestRow> rows, Caller caller, bool isByName)
    {
        var (tenants, named) = (RequestSight.OverseenBy(caller), RequestSight.NamedTo(caller));
        var overseen = tenants is [var only] ? rows.Where(r => r.Tenant == only) : rows.Where(r => tenants.Contains(r.Tenant)); // one alone is in its index's order
        return overseen.Where(r =>
            !isByName || named.Contains(r.Tenant) || !db.Roles.Any(role => role.Tenant == r.Tenant && role.Id == r.Role && role.Sensitive)
        );
    }

    private static IQueryable<AccessRequestRow> Newest(IQueryable<AccessRequestRow> rows, AccessRequestRow? after)
    {
        var (at, id) = (after?.SubmittedAt, after?.Id);
        return rows.Where(r => at == null || r.SubmittedAt < at || (r.SubmittedAt == at && r.Id.CompareTo(id) > 0))
            .OrderByDescending(r => r.SubmittedAt)
            .ThenBy(r => r.Id);
    }

    /// <summary>What waits for this person's vote, most urgent first: asked of a group of theirs, not theirs, not voted on.</summary>
    private static IQueryable<AccessRequestRow> Inbox(
        EntitlementsDb db,
        IQueryable<AccessRequestRow> rows,
        Caller caller,
        VotingRights rights,
        AccessRequestRow? after,
        DateTimeOffset? last,
        DateTimeOffset now
    )
    {
        var (own, delegators) = (rights.Own.ToList(), rights.Delegated.Select(d => d.Person).ToList());
        var (tenant, person) = caller is Caller.Person known ? (known.Tenant, known.HumanId) : (null, null);
        var (all, alone) = (rights.All.ToList(), delegators.Count == 0);
        var asked = db
            .RequestAsks.Where(a => a.Tenant == tenant && EF.Parameter(all).Contains(a.Group) && a.DueAt > now)
            .Where(a => !db.RequestAsks.Any(o => o.Request == a.Request && EF.Parameter(all).Contains(o.Group) && o.Group.CompareTo(a.Group) < 0)); // once
        return (
            from ask in asked
            join request in rows on ask.Request equals request.Id
            where
                request.Person != person
                && (request.FiledByPerson == null || request.FiledByPerson != person)
                && !db.RequestVotes.Any(v => v.Request == request.Id && (v.Person == person || v.OnBehalfOf == person))
                && (
                    alone
                    || db.RequestAsks.Any(a => a.Request == request.Id && EF.Parameter(own).Contains(a.Group))
                    || (
                        !delegators.Contains(request.Person)
                        && !db.RequestVotes.Any(v => v.Request == request.Id && (delegators.Contains(v.Person) || delegators.Contains(v.OnBehalfOf!)))
                    )
                )
                && (last == null || ask.DueAt > last || (ask.DueAt == last && request.Id.CompareTo(after!.Id) > 0))
            orderby ask.DueAt, request.Id
            select request
        );
    }

    private static async Task<IReadOnlyList<RequestView>> ViewsAsync(
        EntitlementsDb db,
        Caller caller,
        VotingRights rights,
        List<AccessRequestRow> rows,
        DateTimeOffset now
    )
    {
        var (ids, keys, tenants) = (rows.ConvertAll(r => r.Id), rows.ConvertAll(r => r.SubjectKey), rows.Select(r => r.Tenant).Distinct().ToList());
        var votes = (await db.RequestVotes.AsNoTracking().Where(v => EF.Parameter(ids).Contains(v.Request)).OrderBy(v => v.At).ToListAsync()).ToLookup(v =>
            v.Request
        );
        var comments = (await db.RequestComments.AsNoTracking().Where(c => EF.Parameter(ids).Contains(c.Request)).OrderBy(c => c.Id).ToListAsync()).ToLookup(
            c => c.Request
        );
        var subjects = await db.Subjects.Where(s => EF.Parameter(keys).Contains(s.Key)).ToDictionaryAsync(s => s.Key, s => s.Id);
        var sensitive = await db.Roles.Where(r => tenants.Contains(r.Tenant) && r.Sensitive).Select(r => r.Tenant + "/" + r.Id).ToListAsync();
        var reader = new RequestReader(caller, now, subjects, rights, comments, sensitive.ToHashSet(StringComparer.Ordinal));
        return rows.ConvertAll(r => RequestView.Of(r, [.. votes[r.Id]], reader));
    }
}
