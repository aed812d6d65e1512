using System.Collections.Immutable;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Requests;

/// <summary>In whose right somebody may vote at this moment: their own, and of those who delegated to them. A delegated right is not delegated on.</summary>
/// <param name="Own">Groups that they are in themself.</param>
/// <param name="Delegated">Groups of each who delegated to them and could still vote.</param>
internal sealed record VotingRights(IReadOnlySet<string> Own, IReadOnlyList<DelegatedRight> Delegated)
{
    public static VotingRights None { get; } = new(new HashSet<string>(), []);

    /// <summary>Every group that they may vote for.</summary>
    public IReadOnlySet<string> All { get; } = Own.Concat(Delegated.SelectMany(d => d.Groups)).ToHashSet(StringComparer.Ordinal);

    public static async Task<VotingRights> OfAsync(EntitlementsDb db, Caller caller, DateTimeOffset now)
    {
        if (
            caller is not Caller.Person { SubjectKey: { } key, HumanId: not null }
            || await db.Subjects.AsNoTracking().SingleOrDefaultAsync(s => s.Key == key) is not { } voter
        )
        {
            return None;
        }
        var delegators = await (
            from delegation in db.Delegations.AsNoTracking()
            join delegator in db.Subjects on delegation.FromSubject equals delegator.Key
            where delegation.ToSubject == key && !delegation.Ended && delegation.NotBefore <= now && delegation.NotAfter > now
            select delegator
        ).ToListAsync();
        var groups = await Approvers.GroupsOfAsync(db, [voter, .. delegators], now);
        var own = groups[voter.Key];
        own.UnionWith(await Approvers.DutiesOfAsync(db, voter, now));
        var delegated = delegators.Select(d => new DelegatedRight(d.Person!, groups[d.Key])).Where(d => d.Groups.Count > 0).ToList();
        return new(own, delegated);
    }

    /// <summary>The right to use for a request, their own first: who delegated it (null: nobody), and the groups, by position, among those asked now.</summary>
    public (string? OnBehalfOf, ImmutableArray<int> Groups) For(AccessRequestRow row, AccessRequest request)
    {
        if (request.State is not RequestState.Pending pending)
        {
            return (null, []);
        }
        var asked = request
            .Policy.Stages[pending.Stage]
            .Everyone.Index()
            .Where(g => request.Asked.Contains(g.Item))
            .Select(g => (g.Index, Name: Approvers.GroupOf(g.Item, row.SubjectKey)))
            .ToList();
        ImmutableArray<int> In(IReadOnlySet<string> groups) => [.. asked.Where(g => groups.Contains(g.Name)).Select(g => g.Index)];
        return In(Own) is { IsEmpty: false } own
            ? (null, own)
            : Delegated.Select(d => ((string?)d.Person, In(d.Groups))).FirstOrDefault(d => !d.Item2.IsEmpty, (null, []));
    }
}

/// <param name="Person">Who delegated.</param>
internal sealed record DelegatedRight(string Person, IReadOnlySet<string> Groups);
