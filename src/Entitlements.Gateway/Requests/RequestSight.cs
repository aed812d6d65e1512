using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>Who is shown a request.</summary>
internal static class RequestSight
{
    private static readonly string[] Overseers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor];

    /// <summary>Who asked or filed, who is in a group that its policy names or has voted, and who looks after the tenant's people.</summary>
    public static async Task<bool> MaySeeAsync(EntitlementsDb db, Caller caller, AccessRequestRow row, DateTimeOffset now) =>
        row.FiledBy == caller.Key
        || (caller is Caller.Person { SubjectKey: { } key } && key == row.SubjectKey)
        || Overseers.Any(f => caller.Holds(f, row.Tenant))
        || (caller is Caller.Person { HumanId: { } person } && await IsPartyAsync(db, caller, row, person, now));

    /// <summary>Tenants all of whose requests the caller may see.</summary>
    public static List<string> OverseenBy(Caller caller) => TenantsOf(caller, Overseers);

    /// <summary>Tenants in which the caller is told who asks for a sensitive role.</summary>
    public static List<string> NamedTo(Caller caller) => TenantsOf(caller, [Function.RoleAdmin, Function.DataProtectionOfficer]);

    /// <summary>Tenants in which the caller is an auditor, whom the holders of a sensitive role are withheld from.</summary>
    public static List<string> AuditedBy(Caller caller) => TenantsOf(caller, [Function.Auditor]);

    /// <summary>True for an overseer to whom the holders of a sensitive role are not to be named.</summary>
    public static bool IsWithheldFrom(Caller caller, AccessRequestRow row, bool sensitive) =>
        sensitive
        && caller.Holds(Function.Auditor, row.Tenant)
        && !caller.Holds(Function.RoleAdmin, row.Tenant)
        && !caller.Holds(Function.DataProtectionOfficer, row.Tenant)
        && !(caller.HumanId is { } person && row.Interested().Contains(person));

    private static List<string> TenantsOf(Caller caller, string[] functions) =>
        [.. caller.Functions.Select(f => f.Split('/')).Where(f => functions.Contains(f[1])).Select(f => f[0]).Distinct()];

    private static async Task<bool> IsPartyAsync(EntitlementsDb db, Caller caller, AccessRequestRow row, string person, DateTimeOffset now)
    {
        if (((Caller.Person)caller).Tenant != row.Tenant)
        {
            return false; // an employee number of another force is another person's
        }
        if (row.Interested().Contains(person) || await db.RequestVotes.AnyAsync(v => v.Request == row.Id && (v.Person == person || v.OnBehalfOf == person)))
        {
            return true;
        }
        return ApprovalPolicies.Read(row.Policy) is { } policy
            && (await VotingRights.OfAsync(db, caller, now)).All is { Count: > 0 } groups
            && policy.Stages.SelectMany(s => s.Everyone).Any(a => groups.Contains(Approvers.GroupOf(a, row.SubjectKey)));
    }
}
