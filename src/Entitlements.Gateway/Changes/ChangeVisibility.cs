using System.Text.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Changes;

/// <summary>Who is shown a change, and how much of it.</summary>
internal static class ChangeVisibility
{
    /// <summary>Its proposer, who may vote on it, and everyone with a function in a tenant that it concerns.</summary>
    public static bool MaySee(Caller caller, ChangeRow change) =>
        (caller.HumanId is { } person && person == change.ProposerPerson)
        || change.Quorum.Any(caller.Functions.Contains)
        || change.EvidenceTenants().Any(tenant => Function.OfTenant.Any(f => caller.Holds(f, tenant)))
        || (caller.IsPlatformAdmin && change.Tenant == TenantRow.Platform);

    /// <summary>Who votes on it, and those who know the tenant's people anyway, are told whom it concerns. The others are told how many.</summary>
    public static bool MaySeeNames(Caller caller, ChangeRow change) =>
        change.Quorum.Any(caller.Functions.Contains)
        || caller.Holds(Function.RoleAdmin, change.Tenant)
        || caller.Holds(Function.DataProtectionOfficer, change.Tenant);

    /// <summary>Tenants in which the caller holds any function.</summary>
    public static IReadOnlyList<string> TenantsOf(Caller caller) => [.. caller.Functions.Select(f => f[..f.IndexOf('/', StringComparison.Ordinal)]).Distinct()];

    /// <summary>The change as this caller may see it: what its voters must know, without names for those who need not.</summary>
    public static async Task<ChangeView> ViewAsync(
        EntitlementsDb db,
        AlterationKinds kinds,
        Caller caller,
        ChangeRow change,
        IReadOnlyList<VoteRow> votes,
        DateTimeOffset now
    )
    {
        var alteration = JsonSerializer.Deserialize<JsonObject>(change.Alteration)!;
        alteration.Remove("target"); // both are said beside it
        alteration.Remove("evidence_tenant");
        alteration.Remove("other_tenant");
        var withheld = NeedsToKnow(caller, change) ? [] : await kinds.Read(change).PrivateMembersAsync(db);
        foreach (var member in withheld)
        {
            alteration.Remove(member);
        }
        var target = withheld.Count == 0 ? change.Target : change.Target[..(change.Target.LastIndexOf('/') + 1)] + "…";
        return new(
            change.Id,
            change.Tenant,
            change.Kind,
            target,
            alteration,
            withheld,
            change.State == ChangeState.Proposed && now >= change.ExpiresAt ? ChangeState.Expired : change.State,
            change.Hash,
            new(change.AudienceBefore, change.AudienceAfter),
            [.. change.Quorum.Except(votes.Where(v => v.Approves).Select(v => v.Function))],
            [.. votes.Select(v => new VoteView(v.Approves ? "approve" : "reject", v.Function, v.Person, v.Reason, v.At))],
            change.ProposerPerson,
            withheld.Count == 0 ? change.Named : [],
            change.Reason,
            change.ProposedAt,
            change.ExpiresAt,
            change.DecidedAt,
            change.Revision
        );
    }

    private static bool NeedsToKnow(Caller caller, ChangeRow change) =>
        (caller.HumanId is { } person && person == change.ProposerPerson)
        || change.Quorum.Any(caller.Functions.Contains)
        || change.EvidenceTenants().Any(tenant => caller.Holds(Function.RoleAdmin, tenant) || caller.Holds(Function.DataProtectionOfficer, tenant));
}

/// <summary>A change as its voters see it.</summary>
/// <param name="Alteration">What would be done, by kind; members in <paramref name="Withheld"/> are left out.</param>
/// <param name="Hash">What a vote repeats: 64 lower-case hex digits.</param>
/// <param name="Audience">People reached before and after; a vote repeats them.</param>
/// <param name="QuorumOpen">Votes still needed, as <c>tenant/function</c>.</param>
/// <param name="Named">Persons it names; they may not vote.</param>
/// <param name="Revision">The revision at which it was published.</param>
internal sealed record ChangeView(
    string Id,
    string Tenant,
    string Kind,
    string Target,
    JsonObject Alteration,
    IReadOnlyList<string> Withheld,
    ChangeState State,
    string Hash,
    Audience Audience,
    IReadOnlyList<string> QuorumOpen,
    IReadOnlyList<VoteView> Votes,
    string Proposer,
    IReadOnlyList<string> Named,
    string Reason,
    DateTimeOffset ProposedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? DecidedAt,
    long? Revision
);

/// <summary>One vote.</summary>
/// <param name="Vote"><c>approve</c> or <c>reject</c>.</param>
/// <param name="Function">The place in the quorum it fills.</param>
internal sealed record VoteView(string Vote, string Function, string Person, string Reason, DateTimeOffset At);
