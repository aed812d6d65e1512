using Entitlements.Engine.Decisions;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>A role that can be asked for, with the versions that a request for it rests on.</summary>
/// <param name="RuleVersion">Of the rule that names it; null where the role itself is asked for.</param>
internal sealed record RequestableRole(string Id, long Version, ApprovalPolicy Policy, long PolicyVersion, long? RuleVersion)
{
    private const int LongestAnswer = 1_000;

    /// <summary>Nothing is booked further ahead: a seat would be kept from others.</summary>
    private static readonly TimeSpan FurthestBooking = TimeSpan.FromDays(92);

    /// <summary>What the policy misses in a request; null: nothing.</summary>
    public string? FaultOf(Ask ask, DateTimeOffset now)
    {
        var from = ask.From is { } booked && booked > now ? booked : now;
        return Policy.TicketRequired && ask.Ticket is null ? "ticket is required: the number under which this is known elsewhere."
            : ask.Answers.Keys.Except(Policy.Questions.Select(q => q.Id)).Any() ? "answers names a question that is not asked."
            : Policy.Questions.FirstOrDefault(q => !ask.Answers.TryGetValue(q.Id, out var given) || !Text.IsParagraph(given, LongestAnswer)) is { } open
                ? $"answers must answer {open.Id}: {open.En}"
            : ask.From > now + FurthestBooking ? "from must lie in the next 92 days."
            : ask.Until > from + Policy.LongestGrant || ask.For > Policy.LongestGrant
                ? $"The longest that can be asked for is {System.Xml.XmlConvert.ToString(Policy.LongestGrant)}."
            : null;
    }
}

/// <summary>Which role a request comes down to.</summary>
internal sealed class RequestableRoles(AppSight sight)
{
    /// <summary>False for an app that does not exist for this person.</summary>
    public async Task<bool> SeesAsync(Caller.Person person, AskedResource? resource) =>
        resource is not { Type: Resource.App } app || (person.Tenant is { } own && await sight.SeesAsync(person, own, app.Id));

    /// <summary>The role that opens the fewest resources, of those that can be asked for and that the person could hold; null: there is none.</summary>
    public async Task<RequestableRole?> ChooseAsync(WriteScope scope, SubjectRow subject, Ask ask)
    {
        var rule = ask.Resource is { } wanted
            ? await scope
                .Db.Rules.AsNoTracking()
                .SingleOrDefaultAsync(r =>
                    r.Tenant == subject.Tenant
                    && r.Type == wanted.Type
                    && r.App == wanted.Id
                    && r.Action == wanted.Action
                    && (r.InForceUntil == null || r.InForceUntil > scope.Now)
                )
            : null;
        if (ask.Resource is not null && rule is null)
        {
            return null;
        }
        var named = rule?.Roles ?? [];
        var candidates =
            ask.Role is null ? named
            : rule is null || named.Contains(ask.Role) ? [ask.Role]
            : [];
        var could = new List<(RequestableRole Role, int Opens)>();
        foreach (var id in candidates)
        {
            if (await FindAsync(scope, subject, id, rule?.Version) is { } role && (ask.Role is not null || await CouldHoldAsync(scope, subject, id)))
            {
                could.Add((role, (await Reached.ByAsync(scope.Db, subject.Tenant, [id])).Apps.Count));
            }
        }
        return could.OrderBy(c => c.Opens).ThenBy(c => c.Role.Id, StringComparer.Ordinal).Select(c => c.Role).FirstOrDefault();
    }

    private static async Task<RequestableRole?> FindAsync(WriteScope scope, SubjectRow subject, string id, long? ruleVersion)
    {
        var role = await scope.Db.Roles.AsNoTracking().SingleOrDefaultAsync(r => r.Tenant == subject.Tenant && r.Id == id && !r.Deleted && !r.Administrative);
        return role is not null && await ApprovalPolicies.FindAsync(scope.Db, subject.Tenant, id) is var (policy, version)
            ? new(id, role.Version, policy, version, ruleVersion)
            : null;
    }

    /// <summary>A seat is free, and nothing the person holds stands against it.</summary>
    private static async Task<bool> CouldHoldAsync(WriteScope scope, SubjectRow subject, string id)
    {
        var role = await scope.Db.Roles.AsNoTracking().SingleAsync(r => r.Tenant == subject.Tenant && r.Id == id);
        return await Seats.IsFreeAsync(scope, role, subject.Key)
            && !await IncompatibleRoles.StandAgainstAsync(scope, role, subject.Key, scope.Now, until: null);
    }
}
