using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Reads requests: one's own, one's inbox, those one voted on, or, for overseers, a tenant's. Nothing is ever removed from them.</summary>
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
        string? subject,
        string? resource,
        DateTimeOffset? from,
        DateTimeOffset? until,
        [FromQuery(Name = "decided_by")] string? decidedBy,
        string? q
    )
    {
        var filter = new RequestFilter(status, tenant, role, subject, resource, from, until, decidedBy, q);
        if (filter.Fault is { } fault)
        {
            return Problems.BadRequest(fault, "invalid_filter");
        }
        var list = view ?? "mine";
        var after = page.After is null ? null : RequestPosition.Read(page.After, list);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor");
        }
        var rights = await VotingRights.OfAsync(db, caller, clock.Now());
        var filtered = filter.Over(db, caller);
        var listed = list switch
        {
            "mine" => Newest(filtered.Where(r => r.SubjectKey == KeyOf(caller)), after),
            "all" => Newest(Overseen(filtered, caller), after),
            "voted" => Voted(db, filtered, caller, after),
            "inbox" => Inbox(db, filtered, caller, rights, after, clock.Now()),
            _ => null,
        };
        if (listed is null)
        {
            return Problems.BadRequest("view is one of mine, inbox, voted, all.", "invalid_filter");
        }
        var found = await listed.Take(page.Limit + 1).ToListAsync();
        var views = await ViewsAsync(db, caller, rights, found.ConvertAll(f => f.Row), clock.Now());
        var shown = page.Of([.. found.Zip(views)], item => new RequestPosition(list, item.First.At, item.First.Row.Id).ToString());
        return TypedResults.Ok(new Page<RequestView>([.. shown.Items.Select(item => item.Second)], shown.NextCursor));
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

    private static IQueryable<AccessRequestRow> Overseen(IQueryable<AccessRequestRow> rows, Caller caller)
    {
        var tenants = RequestSight.OverseenBy(caller);
        return tenants is [var only] ? rows.Where(r => r.Tenant == only) : rows.Where(r => tenants.Contains(r.Tenant)); // one alone is in its index's order
    }

    private static IQueryable<ListedRequest> Newest(IQueryable<AccessRequestRow> rows, RequestPosition? after)
    {
        var (at, id) = (after?.At, after?.Id);
        return rows.Where(r => at == null || r.SubmittedAt < at || (r.SubmittedAt == at && r.Id.CompareTo(id) > 0))
            .OrderByDescending(r => r.SubmittedAt)
            .ThenBy(r => r.Id)
            .Select(r => new ListedRequest { Row = r, At = r.SubmittedAt });
    }

    /// <summary>What this person voted on in their own tenant, their newest vote first.</summary>
    private static IQueryable<ListedRequest> Voted(EntitlementsDb db, IQueryable<AccessRequestRow> rows, Caller caller, RequestPosition? after)
    {
        var (tenant, person) = caller is Caller.Person known ? (known.Tenant, known.HumanId) : (null, null);
        var (at, id) = (after?.At, after?.Id);
        return from vote in db.RequestVotes
            join request in rows on vote.Request equals request.Id
            where vote.Person == person && request.Tenant == tenant && (at == null || vote.At < at || (vote.At == at && request.Id.CompareTo(id) > 0))
            orderby vote.At descending, request.Id
            select new ListedRequest { Row = request, At = vote.At };
    }

    /// <summary>What waits for this person's vote, most urgent first: asked of a group of theirs, not theirs, not voted on.</summary>
    private static IQueryable<ListedRequest> Inbox(
        EntitlementsDb db,
        IQueryable<AccessRequestRow> rows,
        Caller caller,
        VotingRights rights,
        RequestPosition? after,
        DateTimeOffset now
    )
    {
        var (own, delegators) = (rights.Own.ToList(), rights.Delegated.Select(d => d.Person).ToList());
        var (tenant, person) = caller is Caller.Person known ? (known.Tenant, known.HumanId) : (null, null);
        var ((all, alone), (at, id)) = ((rights.All.ToList(), delegators.Count == 0), (after?.At, after?.Id));
        var asked = db
            .RequestAsks.Where(a => a.Tenant == tenant && EF.Parameter(all).Contains(a.Group) && a.DueAt > now)
            .Where(a => !db.RequestAsks.Any(o => o.Request == a.Request && EF.Parameter(all).Contains(o.Group) && o.Group.CompareTo(a.Group) < 0)); // once
        return from ask in asked
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
                && (at == null || ask.DueAt > at || (ask.DueAt == at && request.Id.CompareTo(id) > 0))
            orderby ask.DueAt, request.Id
            select new ListedRequest { Row = request, At = ask.DueAt };
    }

    private static async Task<IReadOnlyList<RequestView>> ViewsAsync(
        EntitlementsDb db,
        Caller caller,
        VotingRights rights,
        List<AccessRequestRow> rows,
        DateTimeOffset now
    )
    {
        var ids = rows.ConvertAll(r => r.Id);
        var votes = (await db.RequestVotes.AsNoTracking().Where(v => EF.Parameter(ids).Contains(v.Request)).OrderBy(v => v.At).ToListAsync()).ToLookup(v =>
            v.Request
        );
        var reader = await RequestReader.OfAsync(db, caller, rights, rows, votes, now);
        return rows.ConvertAll(r => RequestView.Of(r, [.. votes[r.Id]], reader));
    }
}
