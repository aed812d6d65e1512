using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Publications;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Changes;

/// <summary><c>/v1/changes</c>: what widens waits here for other people's votes.</summary>
internal static class ChangeEndpoints
{
    /// <summary>Everyone with a function may look and vote; which change is whose is judged by the change.</summary>
    private static readonly string[] Officers = [Function.PlatformAdmin, .. Function.OfTenant];

    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        var changes = routes.MapGroup("/v1/changes").WithTags("Changes").InExercises();
        changes
            .MapGet("", ListAsync)
            .WithName("ListChanges")
            .WithSummary("Changes of the tenants in which the caller holds a function, newest first.")
            .Produces<Page<ChangeView>>()
            .PermitManaging(Officers);
        changes
            .MapGet("{change}", ReadAsync)
            .WithName("GetChange")
            .WithSummary("One change: what it would do, whom it reaches, whose votes are open.")
            .Produces<ChangeView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Officers);
        changes.MapAudience(Officers);
        changes.MapDryRun(Officers);
        changes
            .MapPost("{change}/votes", VoteAsync)
            .WithName("VoteOnChange")
            .WithSummary("One person's vote; the deciding one publishes.")
            .ProducesWrite()
            .PermitManaging(Officers);
        changes
            .MapPost("{change}/withdraw", WithdrawAsync)
            .WithName("WithdrawChange")
            .WithSummary("Takes back what one proposed.")
            .ProducesWrite()
            .PermitManaging(Officers);
        routes.MapPublications();
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        AlterationKinds kinds,
        TimeProvider clock,
        string? tenant,
        string? state
    )
    {
        if (state is not null && !Enum.GetNames<ChangeState>().Any(s => s.Equals(state, StringComparison.OrdinalIgnoreCase)))
        {
            return Problems.BadRequest("state is one of proposed, published, rejected, withdrawn, moved, expired.", "invalid_filter");
        }
        var wanted = state is null ? (ChangeState?)null : Enum.Parse<ChangeState>(state, ignoreCase: true);
        var tenants = ChangeVisibility.TenantsOf(caller);
        var candidates = db
            .Changes.AsNoTracking()
            .Where(c =>
                (
                    tenants.Contains(c.Tenant)
                    || (c.OtherTenant != null && tenants.Contains(c.OtherTenant))
                    || c.Tenant == Assignments.TenantRow.Platform
                    || c.ProposerPerson == caller.HumanId
                )
                && (tenant == null || c.Tenant == tenant || c.OtherTenant == tenant)
                && (wanted == null || c.State == wanted)
            );
        var after = page.After is null ? null : await db.Changes.AsNoTracking().SingleOrDefaultAsync(c => c.Id == page.After);
        if (page.After is not null && after is null)
        {
            return Problems.BadRequest("The cursor is none of this list's.", "invalid_cursor");
        }
        var shown = await SeenAsync(caller, candidates, after, page.Limit + 1);
        var ids = shown.ConvertAll(c => c.Id);
        var votes = (await db.Votes.AsNoTracking().Where(v => ids.Contains(v.Change)).ToListAsync()).ToLookup(v => v.Change);
        var views = new List<ChangeView>();
        foreach (var change in shown)
        {
            views.Add(await ChangeVisibility.ViewAsync(db, kinds, caller, change, [.. votes[change.Id]], clock.Now()));
        }
        return TypedResults.Ok(page.Of(views, v => v.Id));
    }

    /// <summary>The next <paramref name="count"/> changes that the caller may see, newest first: read in steps, as only the row itself tells whose it is.</summary>
    private static async Task<List<ChangeRow>> SeenAsync(Caller caller, IQueryable<ChangeRow> candidates, ChangeRow? after, int count)
    {
        var seen = new List<ChangeRow>();
        while (true)
        {
            var (at, id) = (after?.ProposedAt, after?.Id);
            var step = await candidates
                .Where(c => at == null || c.ProposedAt < at || (c.ProposedAt == at && c.Id.CompareTo(id) > 0))
                .OrderByDescending(c => c.ProposedAt)
                .ThenBy(c => c.Id)
                .Take(count)
                .ToListAsync();
            seen.AddRange(step.Where(c => ChangeVisibility.MaySee(caller, c)));
            if (step.Count < count || seen.Count >= count)
            {
                return [.. seen.Take(count)];
            }
            after = step[^1];
        }
    }

    private static async Task<IResult> ReadAsync(
        string change,
        HttpContext context,
        Caller caller,
        EntitlementsDb db,
        AlterationKinds kinds,
        TimeProvider clock
    )
    {
        var row = await db.Changes.AsNoTracking().SingleOrDefaultAsync(c => c.Id == change);
        if (row is null || !ChangeVisibility.MaySee(caller, row))
        {
            return Problems.NotFound();
        }
        var votes = await db.Votes.AsNoTracking().Where(v => v.Change == change).OrderBy(v => v.At).ToListAsync();
        var version = 1 + votes.Count + (row.State == ChangeState.Proposed ? 0 : 1);
        return WriteResults.OfResource(context, await ChangeVisibility.ViewAsync(db, kinds, caller, row, votes, clock.Now()), version);
    }

    private static async Task<IResult> VoteAsync(string change, WriteRequest request, Body<VoteBody> body, CastVote votes) =>
        body.Value.Reason.Trim() is { Length: > 0 } reason && WriteHeaders.IsReason(reason)
            ? (
                await votes.CastAsync(
                    request,
                    change,
                    new(body.Value.Vote == Vote.Approve, body.Value.Hash, body.Value.Audience.Before, body.Value.Audience.After, reason)
                )
            ).ToResult()
            : ReasonNeeded();

    private static async Task<IResult> WithdrawAsync(string change, WriteRequest request, Body<WithdrawBody> body, WithdrawChange withdraw) =>
        body.Value.Reason.Trim() is { Length: > 0 } reason && WriteHeaders.IsReason(reason)
            ? (await withdraw.WithdrawAsync(request with { Reason = reason }, change)).ToResult()
            : ReasonNeeded();

    private static IResult ReasonNeeded() =>
        Problems.BadRequest(("/reason", FormattableString.Invariant($"must be 1 to {WriteHeaders.LongestReason} characters, without control characters")));

    internal sealed record VoteBody(Vote Vote, string Hash, Audience Audience, string Reason);

    internal sealed record WithdrawBody(string Reason);

    internal enum Vote
    {
        Approve,
        Reject,
    }
}
