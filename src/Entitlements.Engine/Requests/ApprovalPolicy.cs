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

    /// <summary>All of these the requester must hold, besides what the role itself and the resource's rule ask for.</summary>
    public ImmutableArray<string> Accreditations { get; init; } = [];

    /// <summary>What the requester must answer, by id.</summary>
    public ImmutableArray<Question> Questions { get; init; } = [];

    /// <summary>After a denial the same person may not ask for the role again for so long; zero: at once.</summary>
    public TimeSpan CoolOff { get; init; }

    /// <summary>How long a request may take in all, in plain time.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long the requester has for their own part (guidance, an accreditation), in plain time; meanwhile no stage's time runs.</summary>
    public TimeSpan RequesterPatience { get; init; } = TimeSpan.FromDays(7);

    /// <summary>One vote by somebody on duty, by the clock; null: the role cannot be asked for urgently.</summary>
    public UrgentAccess? Urgent { get; init; }

    /// <summary>Taken without a vote where nobody can be reached; null: by nobody.</summary>
    public BreakGlass? BreakGlass { get; init; }

    /// <summary>Every group that it names, whatever for.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<Approver> Named => Stages.SelectMany(s => s.Everyone).Concat(Urgent?.Escalation ?? []).Concat(BreakGlass?.Reviewers ?? []);

    /// <summary>What an urgent request is made under: the stages make way for one vote by whoever is on duty.</summary>
    /// <param name="then">Whose vote it takes after that one, for what those on duty may not set aside; null: nobody's.</param>
    /// <exception cref="InvalidOperationException">The role cannot be asked for urgently.</exception>
    public ApprovalPolicy AsUrgent(Approver? then)
    {
        var urgent = Urgent ?? throw new InvalidOperationException("The policy knows no urgent access.");
        var onDuty = new ApprovalStage([new(ApproverKind.OnDuty, urgent.Rota)], 1, urgent.TimeLimit)
        {
            EscalateAfter = urgent.EscalateAfter,
            Escalation = urgent.Escalation,
            Fallback = urgent.Escalation,
        };
        ImmutableArray<ApprovalStage> stages = then is { } other ? [onDuty, new([other], 1, urgent.TimeLimit)] : [onDuty];
        return InEmergency(urgent.LongestGrant) with { Stages = stages, Patience = stages.Length * urgent.TimeLimit };
    }

    /// <summary>What breaking the glass is done under.</summary>
    /// <exception cref="InvalidOperationException">Nobody may.</exception>
    public ApprovalPolicy AsBreakGlass() =>
        InEmergency((BreakGlass ?? throw new InvalidOperationException("The policy knows no breaking of the glass.")).LongestGrant) with
        {
            TicketRequired = true,
        };

    /// <remarks>Nobody answers a questionnaire at three in the morning, and who was refused something else last week may have an emergency today.</remarks>
    private ApprovalPolicy InEmergency(TimeSpan longest) =>
        this with
        {
            LongestGrant = longest,
            DefaultGrant = longest,
            Questions = [],
            CoolOff = TimeSpan.Zero,
        };
}

/// <summary>How a role is asked for in an emergency: the first person on duty who answers decides.</summary>
/// <param name="Rota">Who is on duty: a rota of the tenant.</param>
/// <param name="LongestGrant">Longest, and default, time of what is granted.</param>
/// <param name="TimeLimit">Plain time after which the request ends undecided.</param>
public sealed record UrgentAccess(string Rota, TimeSpan LongestGrant, TimeSpan TimeLimit)
{
    /// <summary>Plain time after which <see cref="Escalation"/> may vote, too; null: only where nobody on duty can be reached or is there.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>Who may vote besides; empty: nobody.</summary>
    public ImmutableArray<Approver> Escalation { get; init; } = [];
}

/// <summary>Who may take a role without a vote, and who looks at it afterwards.</summary>
/// <param name="Roles">Whoever holds one of these now; never empty.</param>
/// <param name="LongestGrant">A shift: longest, and default, time of what is taken.</param>
/// <param name="Reviewers">Who says afterwards whether it was justified; never who did it.</param>
public sealed record BreakGlass(ImmutableArray<string> Roles, TimeSpan LongestGrant, ImmutableArray<Approver> Reviewers);

/// <summary>How urgent a request is.</summary>
public enum Urgency
{
    /// <summary>By the role's stages, in working time.</summary>
    Ordinary,

    /// <summary>By whoever is on duty, around the clock.</summary>
    Urgent,

    /// <summary>Taken at once, reviewed afterwards.</summary>
    BreakGlass,
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
/// <param name="Id">Role, subject or rota of the tenant; empty for the line manager.</param>
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

    /// <summary>Whoever is on duty, by a rota of the tenant, at the moment of the vote.</summary>
    OnDuty,
}

/// <summary>Asked of the requester.</summary>
/// <param name="Id">Names it in the answers.</param>
/// <param name="En">In English.</param>
/// <param name="Cy">In Welsh.</param>
public sealed record Question(string Id, string En, string Cy);
