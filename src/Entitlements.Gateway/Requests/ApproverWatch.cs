using Entitlements.Engine.Requests;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>
/// Warns when a stage asks for more votes than the people who are left could cast: whoever asks would wait in vain. It only tells, once until the policy can be
/// followed again; a request finds out for itself. Any number of replicas may run it.
/// </summary>
internal sealed class ApproverWatch(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ApproverWatch> log)
    : Worker("Approval policies", TimeSpan.FromHours(1), scopes, clock, log)
{
    protected override Task ActAsync(CancellationToken stopping) => LookAsync();

    /// <summary>Looks at every policy; returns how many it told of.</summary>
    internal Task<int> LookAsync() =>
        RecordAsync(async write =>
        {
            await write.AloneAsync("requests.approvers");
            var policies = await write.Db.ApprovalPolicies.Where(p => !p.Deleted).OrderBy(p => p.Tenant).ThenBy(p => p.Role).ToListAsync();
            var told = 0;
            foreach (var row in policies)
            {
                var isShort = ApprovalPolicies.Read(row.Policy) is not { } policy || await LacksVotersAsync(write.Db, row.Tenant, policy, write.Now);
                if (isShort && !row.ShortTold)
                {
                    await TellAsync(write, row);
                    told++;
                }
                row.ShortTold = isShort;
            }
            return told;
        });

    /// <summary>A stage asks for more votes than the people who are left could cast.</summary>
    public static async Task<bool> LacksVotersAsync(EntitlementsDb db, string tenant, ApprovalPolicy policy, DateTimeOffset now)
    {
        foreach (var stage in policy.Stages)
        {
            if (!await Approvers.AreEnoughAsync(db, tenant, stage, now))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whoever keeps the role's policy; the record says which, no message does.</summary>
    private static async Task TellAsync(WriteScope write, ApprovalPolicyRow row)
    {
        var target = $"tenant/{row.Tenant}/role/{row.Role}/approval";
        write.Audit("approval.short", row.Tenant, "machine:entitlements", target);
        write.Tell("approval.short", row.Tenant, new { });
        var keepers = await Approvers.AccountsAsync(write.Db, row.Tenant, beneficiary: null, [new(ApproverKind.Role, Function.RoleAdmin)], write.Now);
        foreach (var key in await keepers.Select(s => s.Key).ToListAsync())
        {
            write.TellPerson(key, PersonMessage.Notice, isUrgent: false, target);
        }
    }
}
