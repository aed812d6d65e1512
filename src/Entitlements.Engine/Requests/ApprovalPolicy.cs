using System.Collections.Immutable;

namespace Entitlements.Engine.Requests;

/// <summary>How one role is asked for: who votes, in which order, by when. A role without a policy cannot be asked for.</summary>
/// <param name="Stages">One after another; never empty.</param>
/// <param name="LongestGrant">Longest time that one request may be granted for.</param>
/// <param name="DefaultGrant">For who names no end.</param>
public sealed record ApprovalPolicy(ImmutableArray<ApprovalStage> Stages, TimeSpan LongestGrant, TimeSpan DefaultGrant)
{
    /// <summary>Whether the request must carry a ticket's number.</summary>
    public bool TicketRequired { get; init; }

    /// <summary>What the requester must answer, by id.</summary>
    public ImmutableArray<Question> Questions { get; init; } = [];

    /// <summary>After a denial the same person may not ask for the role again for so long; zero: at once.</summary>
    public TimeSpan CoolOff { get; init; }

    /// <summary>How long a request may take in all, in plain time.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long the requester has for their own part (guidance), in plain time; meanwhile no stage's time runs.</summary>
    public TimeSpan RequesterPatience { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>One round of votes.</summary>
/// <param name="Approvers">Each entry is a group of people; whoever is in any of them may vote.</param>
/// <param name="Votes">Approvals by distinct persons that it takes; null: one from each of the people who can vote when the stage begins, or, with <see cref="DistinctGroups"/>, from each entry.</param>
/// <param name="TimeLimit">Working time from the stage's beginning; a stage that nobody decides in it ends the request.</param>
public sealed record ApprovalStage(ImmutableArray<Approver> Approvers, int? Votes, TimeSpan TimeLimit)
{
    /// <summary>Each approval counts for another entry of <see cref="Approvers"/>.</summary>
    public bool DistinctGroups { get; init; }

    /// <summary>Denials that end the request.</summary>
    public int DenialsToEnd { get; init; } = 1;

    /// <summary>Working time after which <see cref="Escalation"/> may vote, too; null: never. Less than the time limit.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>Who may vote besides the approvers once it has escalated.</summary>
    public ImmutableArray<Approver> Escalation { get; init; } = [];

    /// <summary>Who may vote besides the approvers where these are too few when the stage begins.</summary>
    public ImmutableArray<Approver> Fallback { get; init; } = [];

    /// <summary>Every entry; a vote's groups are positions in it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ImmutableArray<Approver> Everyone => [.. Approvers, .. Escalation, .. Fallback];
}

/// <summary>A group of people who may vote.</summary>
/// <param name="Kind">What <paramref name="Id"/> names.</param>
/// <param name="Id">Role or subject of the tenant; empty for the line manager.</param>
public readonly record struct Approver(ApproverKind Kind, string Id);

/// <summary>How an <see cref="Approver"/> is told.</summary>
public enum ApproverKind
{
    /// <summary>Whoever holds the role at the moment of the vote.</summary>
    Role,

    /// <summary>One person by subject id.</summary>
    Subject,

    /// <summary>The line manager of the person who would get the role.</summary>
    LineManager,
}

/// <summary>Asked of the requester.</summary>
/// <param name="Id">Names it in the answers.</param>
/// <param name="En">In English.</param>
/// <param name="Cy">In Welsh.</param>
public sealed record Question(string Id, string En, string Cy);
