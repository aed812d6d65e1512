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
    public static List<string> OverseenBy(Caller caller) =>
        [.. caller.Functions.Select(f => f.Split('/')).Where(f => Overseers.Contains(f[1])).Select(f => f[0]).Distinct()];

    /// <summary>True for an overseer to whom the holders of a sensitive role are not to be named.</summary>
    public static bool IsWithheldFrom(Caller caller, AccessRequestRow row, bool sensitive) =>
        sensitive
        && caller.Holds(Function.Auditor, row.Tenant)
        && !caller.Holds(Function.RoleAdmin, row.Tenant)
        && !caller.Holds(Function.DataProtectionOfficer, row.Tenant)
        && !(caller.HumanId is { } person && row.Interested().Contains(person));

    /// <summary>The groups that this caller is in now, in their tenant.</summary>
    public static async Task<HashSet<string>> GroupsAsync(EntitlementsDb db, Caller caller, DateTimeOffset now) =>
        caller is Caller.Person { SubjectKey: { } key } && await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == key) is { } subject
            ? await Approvers.GroupsOfAsync(db, subject, now)
            : [];

    private static async Task<bool> IsPartyAsync(EntitlementsDb db, Caller caller, AccessRequestRow row, string person, DateTimeOffset now)
    {
        if (row.Interested().Contains(person) || await db.RequestVotes.AnyAsync(v => v.Request == row.Id && v.Person == person))
        {
            return true;
        }
        var groups = ((Caller.Person)caller).Tenant == row.Tenant ? await GroupsAsync(db, caller, now) : [];
        return groups.Count > 0
            && ApprovalPolicies.Read(row.Policy) is { } policy
            && policy.Stages.SelectMany(s => s.Everyone).Any(a => groups.Contains(Approvers.GroupOf(a, row.SubjectKey)));
    }
}
