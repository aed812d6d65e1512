using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>What a list of requests is narrowed to; null narrows nothing.</summary>
/// <param name="Resource">Id of what was asked for.</param>
/// <param name="From">First instant of submission.</param>
/// <param name="Until">First instant of submission that is too late.</param>
/// <param name="DecidedBy">A person who voted, as votes show them.</param>
/// <param name="Text">Stands in the reason or the ticket, in whichever case.</param>
internal sealed record RequestFilter(
    string? Status,
    string? Tenant,
    string? Role,
    string? Subject,
    string? Resource,
    DateTimeOffset? From,
    DateTimeOffset? Until,
    string? DecidedBy,
    string? Text
)
{
    private const int LongestText = 100;

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? Fault =>
        Status is not null && Wanted is null ? $"status is one of {string.Join(", ", Enum.GetValues<RequestStatus>().Select(RequestWords.Of))}."
        : From >= Until ? "until must be later than from."
        : Text is not null && (Text.Length is 0 or > LongestText || Text.Any(char.IsControl))
            ? FormattableString.Invariant($"q is 1 to {LongestText} characters on one line.")
        : null;

    private RequestStatus? Wanted => Enum.GetValues<RequestStatus>().Cast<RequestStatus?>().SingleOrDefault(s => RequestWords.Of(s!.Value) == Status);

    /// <summary>Somebody's are looked for: then those that do not name them to this caller are not found either.</summary>
    private bool IsByName => Subject is not null || DecidedBy is not null;

    /// <remarks>The tenant's history is read newest first until the page is full: by status or text alone that may be all of it; all else has an index.</remarks>
    public IQueryable<AccessRequestRow> Over(EntitlementsDb db, Caller caller)
    {
        var (wanted, from, until) = (Wanted, From?.Cut(), Until?.Cut());
        var rows = db
            .AccessRequests.AsNoTracking()
            .Where(r =>
                (wanted == null || r.Status == wanted)
                && (Tenant == null || r.Tenant == Tenant)
                && (Role == null || r.Role == Role)
                && (Resource == null || r.Resource == Resource)
                && (from == null || r.SubmittedAt >= from)
                && (until == null || r.SubmittedAt < until)
                && (Subject == null || db.Subjects.Any(s => s.Key == r.SubjectKey && s.Id == Subject))
                && (DecidedBy == null || db.RequestVotes.Any(v => v.Request == r.Id && v.Person == DecidedBy))
            );
        return Naming(db, Saying(db, rows), caller);
    }

    private IQueryable<AccessRequestRow> Saying(EntitlementsDb db, IQueryable<AccessRequestRow> rows)
    {
        if (Text is null)
        {
            return rows;
        }
        const string Escape = "\\";
        var pattern =
            $"%{Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return db.Database.IsNpgsql()
            ? rows.Where(r => EF.Functions.ILike(r.Reason, pattern, Escape) || EF.Functions.ILike(r.Ticket!, pattern, Escape))
            : rows.Where(r => EF.Functions.Like(r.Reason, pattern, Escape) || EF.Functions.Like(r.Ticket!, pattern, Escape)); // either case, of a to z
    }

    private IQueryable<AccessRequestRow> Naming(EntitlementsDb db, IQueryable<AccessRequestRow> rows, Caller caller)
    {
        if (!IsByName)
        {
            return rows;
        }
        var (audited, named) = (RequestSight.AuditedBy(caller), RequestSight.NamedTo(caller));
        return rows.Where(r =>
            !audited.Contains(r.Tenant) || named.Contains(r.Tenant) || !db.Roles.Any(role => role.Tenant == r.Tenant && role.Id == r.Role && role.Sensitive)
        );
    }
}
