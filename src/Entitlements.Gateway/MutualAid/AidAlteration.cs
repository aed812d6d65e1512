using System.Text.Json.Serialization;
using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Consistency;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.MutualAid;

/// <summary>
/// The host asks for somebody of another force, in one of its roles, for a time. The vote of that force's approver confirms that they hold the equivalent role there;
/// what is published is one assignment in the host, which confers nothing once they do not.
/// </summary>
/// <param name="Tenant">The host.</param>
/// <param name="HomeRole">What the host's role was declared equivalent to when it was proposed: the voters see it, and it must still be so.</param>
/// <param name="Issuer">Null: the other force's home issuer.</param>
/// <param name="From">Null, or in the past: from the deciding vote.</param>
internal sealed record AidAlteration(
    string Tenant,
    string Role,
    string Home,
    string HomeRole,
    string Subject,
    string? Issuer,
    DateTimeOffset? From,
    DateTimeOffset Until,
    string Reason,
    string? Incident
) : Alteration
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    public static Refusal Administrative { get; } =
        new("administrative_role", "Administrative roles are held by a force's own people: they are not lent.", StatusCodes.Status409Conflict);

    /// <summary>It is being proposed, not voted on: whether a sensitive role is held at home is then left for that force to say.</summary>
    [JsonIgnore]
    public bool IsAsked { get; init; }

    public override string EvidenceTenant => Tenant;
    public override string? OtherTenant => Home;
    public override string Target => $"tenant/{Tenant}/role/{Role}/aid/{Home}/{Subject}";

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var role = await scope.Db.Roles.SingleOrDefaultAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted);
        var equivalent = await scope.Db.Equivalents.SingleOrDefaultAsync(e => e.Tenant == Tenant && e.Role == Role && e.Home == Home);
        if (role is null || role.Administrative || equivalent?.HomeRole != HomeRole)
        {
            return role is { Administrative: true } ? Refused(Administrative)
                : role is null ? Weight.NotFound
                : Weight.Refused("not_equivalent", "The role is not declared equivalent to one of that force.");
        }
        var from = FromAt(scope);
        if (Fault(role, from, scope.Now) is { } fault)
        {
            return fault;
        }
        if (
            await Subjects.FindAsync(scope.Db, Home, Issuer, Subject) is not { Active: true, Suspended: false, Person: { } person } subject
            || !(await HomeRights.CoverAsync(scope, subject, HomeRole, from, Until) || (IsAsked && await IsSensitiveAsync(scope.Db)))
        )
        {
            return Refused(HomeRights.Missing);
        }
        if (await StandsAgainstAsync(scope, role, subject, from) is { } refusal)
        {
            return Refused(refusal);
        }
        var reached = await Reached.ByAsync(scope.Db, Tenant, [Role]);
        string[] confirms = reached.HighRisk ? [Function.Approver, Function.DataProtectionOfficer] : [Function.Approver];
        return new(Reach.Widens, equivalent.Version)
        {
            Versioned = false,
            Apps = reached.Apps,
            HighRisk = reached.HighRisk,
            Named = [person],
            Quorum = [$"{Tenant}/{Function.Approver}", .. confirms.Select(function => $"{Home}/{function}")],
        };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var subject = (await Subjects.FindAsync(scope.Db, Home, Issuer, Subject))!;
        var earlier = await scope.Db.Assignments.SingleOrDefaultAsync(a =>
            a.Tenant == Tenant && a.Role == Role && a.SubjectKey == subject.Key && a.Source == AssignmentSource.MutualAid
        );
        var (id, from) = (RandomIds.New("aid_"), FromAt(scope));
        scope.Db.Aids.Add(
            new()
            {
                Id = id,
                Host = Tenant,
                Role = Role,
                Home = Home,
                HomeRole = HomeRole,
                SubjectKey = subject.Key,
                NotBefore = from,
                NotAfter = Until,
                Reason = Reason,
                Incident = Incident,
            }
        );
        await scope.Db.SaveChangesAsync();
        if (!await Seats.TakeAsync(scope, Tenant, Role, subject.Key, earlier?.Id, from, Until, AssignmentSource.MutualAid, id))
        {
            throw new RefusedException(Seats.Reached);
        }
        scope.AuditIn(
            [Tenant, Home],
            "aid.given",
            actor,
            $"aid/{id}",
            new
            {
                host = Tenant,
                Role,
                Home,
                HomeRole,
                from,
                Until,
                Incident,
            }
        );
        return new { aid = id };
    }

    /// <summary>Besides being the host's role-admin: nobody asks for themself.</summary>
    public override async Task<Refusal?> ObjectToAsync(WriteScope scope, Caller caller) =>
        await Subjects.FindAsync(scope.Db, Home, Issuer, Subject) is { } subject
        && ((caller.HumanId is { } person && person == subject.Person) || (caller is Caller.Person { SubjectKey: { } key } && key == subject.Key))
            ? AssignmentAlteration.Own
            : null;

    public override async Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) =>
        [Evidence.Person(Tenant, Subject), .. await RolesOf.HoldingScopesAsync(db, Tenant, Role, Subject)];

    /// <summary>What the log keeps: no names, and the free text stays with the change.</summary>
    public override object ToEvidence() =>
        new
        {
            Tenant,
            Role,
            Home,
            HomeRole,
            From,
            Until,
            Incident,
        };

    public override async Task<IReadOnlyList<string>> PrivateMembersAsync(EntitlementsDb db) =>
        await db.Roles.AnyAsync(r => r.Sensitive && ((r.Tenant == Tenant && r.Id == Role) || (r.Tenant == Home && r.Id == HomeRole)))
            ? ["subject", "issuer", "reason"]
            : [];

    private DateTimeOffset FromAt(WriteScope scope) => From is { } given && given > scope.Earliest ? given : scope.Earliest;

    private Task<bool> IsSensitiveAsync(EntitlementsDb db) => db.Roles.AnyAsync(r => r.Tenant == Home && r.Id == HomeRole && r.Sensitive);

    private Weight? Fault(RoleRow role, DateTimeOffset from, DateTimeOffset now) =>
        Until <= now || Until <= from ? Weight.Refused("window_empty", "until must lie in the future and after from.")
        : Until > from + Longest ? Weight.Refused("longest_aid", "Mutual aid lasts 14 days at most; after that both forces decide again.")
        : Until > from + role.LongestAssignment ? Weight.Refused("longest_assignment", "The window is longer than the role allows.")
        : null;

    private async Task<Refusal?> StandsAgainstAsync(WriteScope scope, RoleRow role, SubjectRow subject, DateTimeOffset from) =>
        await scope.Db.Lent(scope.Now).AnyAsync(a => a.Tenant == Tenant && a.Role == Role && a.SubjectKey == subject.Key)
            ? new("aid_stands", "The person is lent in this role already: end that first.", StatusCodes.Status409Conflict)
        : !await Seats.IsFreeAsync(scope, role, subject.Key) ? Seats.Reached
        : await IncompatibleRoles.StandAgainstAsync(scope, role, subject.Key, from, Until)
            ? new("incompatible_role", "The person holds a role here in that time that may not be held together with this one.", StatusCodes.Status409Conflict)
        : null;

    private static Weight Refused(Refusal because) => Weight.Refused(because.Code, because.Detail, because.Status);
}
