using Entitlements.Engine.Changes;
using Entitlements.Engine.Requests;
using Entitlements.Engine.Reviews;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Reviews;

/// <summary>Says how a role is reviewed. Always a change: a longer interval, or milder reviewers, let people keep what they have. Reviews that run go on as they were opened.</summary>
internal sealed record ReviewPolicyAlteration(string Tenant, string Role, ReviewPolicy Policy) : ReviewPolicyWrite(Tenant, Role)
{
    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        if (!await scope.Db.Roles.AnyAsync(r => r.Tenant == Tenant && r.Id == Role && !r.Deleted))
        {
            return Weight.NotFound;
        }
        var row = await FindAsync(scope);
        if (row is { Deleted: false } && StoredJson.Write(ReviewPolicies.Of(row)) == StoredJson.Write(Policy))
        {
            return new(Reach.Unchanged, row.Version);
        }
        var named = Policy.Reviewers.Where(r => r.Kind == ApproverKind.Subject).Select(r => r.Id).Distinct().ToList();
        return await FaultAsync(scope, named)
            ?? new(Reach.Widens, row?.Version ?? 0)
            {
                Versioned = row is { Deleted: false },
                HighRisk = (await Reached.ByAsync(scope.Db, Tenant, [Role])).HighRisk,
                Named = await scope
                    .Db.Subjects.Where(s => s.Tenant == Tenant && named.Contains(s.Id) && s.Person != null)
                    .Select(s => s.Person!)
                    .Distinct()
                    .ToListAsync(),
            };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var reviewers = StoredJson.Write(Policy.Reviewers);
        if (await FindAsync(scope) is { } row)
        {
            (row.Every, row.AnswerWithin, row.Reviewers, row.OnNoAnswer) = (Policy.Every, Policy.AnswerWithin, reviewers, Policy.OnNoAnswer);
            row.Deleted = false;
            row.Version++;
        }
        else
        {
            scope.Db.ReviewPolicies.Add(
                new()
                {
                    Tenant = Tenant,
                    Role = Role,
                    Every = Policy.Every,
                    AnswerWithin = Policy.AnswerWithin,
                    Reviewers = reviewers,
                    OnNoAnswer = Policy.OnNoAnswer,
                }
            );
        }
        return null;
    }

    /// <summary>Refused here rather than found out by a review: groups that do not exist, or that are nobody.</summary>
    private async Task<Weight?> FaultAsync(WriteScope scope, List<string> people)
    {
        var roles = Policy.Reviewers.Where(r => r.Kind == ApproverKind.Role).Select(r => r.Id).Distinct().ToList();
        var home = await scope.Db.Tenants.Where(t => t.Id == Tenant).Select(t => t.Issuer).SingleAsync();
        var knownRoles = await scope.Db.Roles.CountAsync(r => r.Tenant == Tenant && roles.Contains(r.Id) && !r.Deleted);
        var knownPeople = await scope.Db.Subjects.CountAsync(s => s.Tenant == Tenant && s.Issuer == home && people.Contains(s.Id) && s.Person != null);
        if (knownRoles < roles.Count || knownPeople < people.Count)
        {
            return Weight.Refused("reviewer_unknown", "A group names a role, or a person with an employee number, that this tenant does not have.");
        }
        foreach (var rota in Policy.Reviewers.Where(r => r.Kind == ApproverKind.OnDuty).Select(r => r.Id))
        {
            if (!await OnDuty.ExistsAsync(scope.Db, Tenant, rota))
            {
                return Weight.Refused("rota_unknown", $"This tenant has no rota {rota}.");
            }
        }
        return
            Policy.Reviewers.All(r => r.Kind is not (ApproverKind.LineManager or ApproverKind.OnDuty))
            && (await Approvers.PersonsAsync(scope.Db, Tenant, beneficiary: null, Policy.Reviewers, scope.Now)).Count == 0
            ? Weight.Refused("reviewers_nobody", "Nobody is in these groups now: no review could be answered.")
            : null;
    }
}

/// <summary>From now on the role is reviewed as roles without a policy are. A change, too: that may be less often, or not at all.</summary>
internal sealed record ReviewPolicyRemoval(string Tenant, string Role) : ReviewPolicyWrite(Tenant, Role)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await FindAsync(scope) is { Deleted: false } row
            ? new(Reach.Widens, row.Version) { HighRisk = (await Reached.ByAsync(scope.Db, Tenant, [Role])).HighRisk }
            : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var row = (await FindAsync(scope))!;
        row.Deleted = true;
        row.Version++;
        return null;
    }
}

/// <summary>A write to the review policy of one role.</summary>
internal abstract record ReviewPolicyWrite(string Tenant, string Role) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/role/{Role}/review";

    /// <remarks>No decision rests on it.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([]);

    protected Task<ReviewPolicyRow?> FindAsync(WriteScope scope) => scope.Db.ReviewPolicies.SingleOrDefaultAsync(p => p.Tenant == Tenant && p.Role == Role);
}
