using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Who reads requests, what they may be told, and what is known of those that they read.</summary>
internal sealed record RequestReader(Caller Caller, DateTimeOffset Now)
{
    /// <summary>In whose right the reader may vote.</summary>
    public VotingRights Rights { get; private init; } = VotingRights.None;

    private Dictionary<long, string> Subjects { get; init; } = [];
    private ILookup<string, RequestCommentRow> Comments { get; init; } = Array.Empty<RequestCommentRow>().ToLookup(c => c.Request);
    private ILookup<long, RoleAssignmentRow> Grants { get; init; } = Array.Empty<RoleAssignmentRow>().ToLookup(a => a.SubjectKey);
    private Dictionary<string, Outstanding> Outstanding { get; init; } = [];

    /// <summary>Roles whose holders are need-to-know, as <c>tenant/role</c>; persons who voted and are still there, as <c>tenant/person</c>.</summary>
    private HashSet<string> Sensitive { get; init; } = [];
    private HashSet<string> Present { get; init; } = [];
    private Dictionary<(string Tenant, string Rota), RequestDutyView> Duties { get; init; } = [];

    /// <summary>Who learns nothing but where a request stands.</summary>
    public static RequestReader Nobody(DateTimeOffset now) => new(new Caller.Machine(), now);

    public static async Task<RequestReader> OfAsync(
        EntitlementsDb db,
        Caller caller,
        VotingRights rights,
        List<AccessRequestRow> rows,
        ILookup<string, RequestVoteRow> votes,
        DateTimeOffset now
    )
    {
        var (ids, keys, tenants) = (rows.ConvertAll(r => r.Id), rows.ConvertAll(r => r.SubjectKey), rows.ConvertAll(r => r.Tenant).Distinct().ToList());
        var granted = rows.FindAll(r => r.GrantedUntil is not null).ConvertAll(r => r.SubjectKey);
        var voters = votes.SelectMany(v => v).Select(v => v.Person).Distinct().ToList();
        var sensitive = await db.Roles.Where(r => tenants.Contains(r.Tenant) && r.Sensitive).Select(r => r.Tenant + "/" + r.Id).ToListAsync();
        var present = await db
            .Subjects.Where(s => tenants.Contains(s.Tenant) && s.Person != null && EF.Parameter(voters).Contains(s.Person) && s.Active && !s.Suspended)
            .Select(s => s.Tenant + "/" + s.Person)
            .ToListAsync();
        return new(caller, now)
        {
            Rights = rights,
            Subjects = await Assignments.Subjects.IdsAsync(db, keys),
            Comments = (await db.RequestComments.AsNoTracking().Where(c => EF.Parameter(ids).Contains(c.Request)).OrderBy(c => c.Id).ToListAsync()).ToLookup(
                c => c.Request
            ),
            Grants = (
                await db
                    .Assignments.AsNoTracking()
                    .Where(a =>
                        EF.Parameter(granted).Contains(a.SubjectKey) && (a.Source == AssignmentSource.Request || a.Source == AssignmentSource.Emergency)
                    )
                    .ToListAsync()
            ).ToLookup(a => a.SubjectKey),
            Outstanding = await Requests.Outstanding.OfAsync(db, rows.FindAll(r => r.Status == RequestStatus.AwaitingRequester), now),
            Sensitive = sensitive.ToHashSet(StringComparer.Ordinal),
            Present = present.ToHashSet(StringComparer.Ordinal),
            Duties = await RequestDuties.OfAsync(db, caller, rows.Select(r => (r.Tenant, StoredRequest.Of(r, votes[r.Id]))), now),
        };
    }

    public bool IsWithheld(AccessRequestRow row) => RequestSight.IsWithheldFrom(Caller, row, Sensitive.Contains($"{row.Tenant}/{row.Role}"));

    public string? SubjectOf(AccessRequestRow row) => IsWithheld(row) ? null : Subjects.GetValueOrDefault(row.SubjectKey);

    public IEnumerable<CommentView> CommentsOf(AccessRequestRow row) =>
        Comments[row.Id].Select(c => new CommentView(IsWithheld(row) ? null : c.Person, c.Text, c.At));

    public GrantView? GrantOf(AccessRequestRow row) => GrantView.Of(row, Grants[row.SubjectKey], Now);

    public OutstandingView? OutstandingOf(AccessRequestRow row) =>
        Outstanding.TryGetValue(row.Id, out var left) ? new(left.Guidance, IsWithheld(row) ? null : left.Accreditations.Missing) : null;

    /// <summary>None of their accounts is in use any more.</summary>
    public bool HasLeft(AccessRequestRow row, RequestVoteRow vote) => !Present.Contains($"{row.Tenant}/{vote.Person}");

    /// <summary>By each rota that is asked now.</summary>
    public IEnumerable<RequestDutyView> DutiesOf(AccessRequestRow row, AccessRequest request) =>
        RequestDuties.RotasOf(request).Select(rota => Duties.GetValueOrDefault((row.Tenant, rota))).OfType<RequestDutyView>();

    public bool IsAsked(AccessRequestRow row, AccessRequest request) =>
        Caller is Caller.Person { Tenant: { } tenant, HumanId: { } person }
        && tenant == row.Tenant
        && !row.Interested().Contains(person)
        && !request.Votes.Any(v => v.Persons.Contains(person))
        && Rights.For(row, request) is (var onBehalfOf, { IsEmpty: false })
        && (onBehalfOf is null || !(row.Interested().Contains(onBehalfOf) || request.Votes.Any(v => v.Persons.Contains(onBehalfOf))));
}
