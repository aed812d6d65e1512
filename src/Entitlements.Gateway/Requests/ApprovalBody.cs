using Entitlements.Engine.Requests;
using Entitlements.Gateway.Accreditations;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Requests;

/// <summary>How a role is asked for.</summary>
internal sealed record ApprovalBody
{
    private const int MostStages = 5;
    private const int MostQuestions = 10;
    private const int LongestQuestion = 300;
    private static readonly TimeSpan LongestPatience = TimeSpan.FromDays(90);

    /// <summary>1 to 5, one after another; nobody counts in two.</summary>
    public required IReadOnlyList<StageBody> Stages { get; init; }

    /// <summary>Longest time that one request may be granted for: PT1M to P3650D.</summary>
    public required TimeSpan LongestGrant { get; init; }

    /// <summary>For who names no end; at most, and by default, the longest.</summary>
    public TimeSpan? DefaultGrant { get; init; }

    /// <summary>Whether the request must carry a ticket's number.</summary>
    public bool TicketRequired { get; init; }

    /// <summary>At most 16; all of these the requester must hold, besides what the role and the resource's rule ask for.</summary>
    public IReadOnlyList<NameId> Accreditations { get; init; } = [];

    /// <summary>What the requester must answer.</summary>
    public IReadOnlyList<QuestionBody> Questions { get; init; } = [];

    /// <summary>After a denial the same person may not ask again for so long.</summary>
    public TimeSpan CoolOff { get; init; }

    /// <summary>How long a request may take in all: PT1M to P90D, default P14D.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long the requester has to accept the guidance, or to get an accreditation: PT1M to P90D, default P7D.</summary>
    public TimeSpan RequesterPatience { get; init; } = TimeSpan.FromDays(7);

    /// <summary>One vote by whoever is on duty; left out: the role cannot be asked for urgently.</summary>
    public UrgentBody? Urgent { get; init; }

    /// <summary>Without a vote, reviewed afterwards; left out: nobody can.</summary>
    public BreakGlassBody? BreakGlass { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    public ApprovalPolicy ToPolicy() =>
        new([.. Stages.Select(s => s.ToStage())], LongestGrant, DefaultGrant ?? LongestGrant)
        {
            TicketRequired = TicketRequired,
            Accreditations = [.. KnownAccreditations.Sorted(Accreditations)],
            Questions = [.. Questions.Select(q => new Question(q.Id.Value, q.En, q.Cy))],
            CoolOff = CoolOff,
            Patience = Patience,
            RequesterPatience = RequesterPatience,
            Urgent = Urgent?.ToUrgent(),
            BreakGlass = BreakGlass?.ToBreakGlass(),
        };

    public static ApprovalBody Of(ApprovalPolicy policy) =>
        new()
        {
            Stages = [.. policy.Stages.Select(StageBody.Of)],
            LongestGrant = policy.LongestGrant,
            DefaultGrant = policy.DefaultGrant,
            TicketRequired = policy.TicketRequired,
            Accreditations = [.. policy.Accreditations.Select(a => new NameId(a))],
            Questions = [.. policy.Questions.Select(q => new QuestionBody(new(q.Id), q.En, q.Cy))],
            CoolOff = policy.CoolOff,
            Patience = policy.Patience,
            RequesterPatience = policy.RequesterPatience,
            Urgent = UrgentBody.Of(policy.Urgent),
            BreakGlass = BreakGlassBody.Of(policy.BreakGlass),
        };

    public IEnumerable<(string, string)> Faults()
    {
        if (Stages.Count is 0 or > MostStages)
        {
            yield return ("/stages", FormattableString.Invariant($"must be 1 to {MostStages} stages"));
        }
        foreach (var (i, stage) in Stages.Index())
        {
            foreach (var (member, fault) in stage.Faults())
            {
                yield return (FormattableString.Invariant($"/stages/{i}/{member}"), fault);
            }
        }
        if (LongestGrant < TimeSpan.FromMinutes(1) || LongestGrant > TimeSpan.FromDays(3_650))
        {
            yield return ("/longest_grant", "must be from PT1M to P3650D");
        }
        if (DefaultGrant is { } usual && (usual < TimeSpan.FromMinutes(1) || usual > LongestGrant))
        {
            yield return ("/default_grant", "must be from PT1M to longest_grant");
        }
        if (CoolOff < TimeSpan.Zero || CoolOff > LongestPatience)
        {
            yield return ("/cool_off", "must be at most P90D");
        }
        if (Patience < TimeSpan.FromMinutes(1) || Patience > LongestPatience)
        {
            yield return ("/patience", "must be from PT1M to P90D");
        }
        if (RequesterPatience < TimeSpan.FromMinutes(1) || RequesterPatience > LongestPatience)
        {
            yield return ("/requester_patience", "must be from PT1M to P90D");
        }
        if (
            Questions.Count > MostQuestions
            || Questions.DistinctBy(q => q.Id).Count() < Questions.Count
            || Questions.Any(q => !Text.IsLine(q.En, LongestQuestion) || !Text.IsLine(q.Cy, LongestQuestion))
        )
        {
            yield return ("/questions", FormattableString.Invariant($"must be at most {MostQuestions}, each with its own id and a line in en and in cy"));
        }
        foreach (var fault in KnownAccreditations.FaultsOf(Accreditations))
        {
            yield return fault;
        }
        foreach (var (member, fault) in Urgent?.Faults() ?? [])
        {
            yield return ($"/urgent/{member}", fault);
        }
        foreach (var (member, fault) in BreakGlass?.Faults() ?? [])
        {
            yield return ($"/break_glass/{member}", fault);
        }
        foreach (var fault in Text.ReasonFaults(Reason))
        {
            yield return fault;
        }
    }
}

/// <summary>One round of votes.</summary>
internal sealed record StageBody
{
    private static readonly TimeSpan LongestLimit = TimeSpan.FromDays(90);

    /// <summary>1 to 16 groups; whoever is in any of them may vote.</summary>
    public required IReadOnlyList<ApproverBody> Approvers { get; init; }

    /// <summary>Approvals by distinct persons that it takes; null: of all who can vote when the stage begins.</summary>
    public int? Votes { get; init; } = 1;

    /// <summary>Each approval counts for another group.</summary>
    public bool DistinctGroups { get; init; }

    /// <summary>Denials that end the request; default 1.</summary>
    public int DenialsToEnd { get; init; } = 1;

    /// <summary>Working time, by the tenant's calendar, until a stage that nobody decides ends the request: PT1M to P90D.</summary>
    public required TimeSpan TimeLimit { get; init; }

    /// <summary>Working time after which <see cref="Escalation"/> may vote, too; less than the limit.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>Who may vote besides, once it has escalated.</summary>
    public IReadOnlyList<ApproverBody> Escalation { get; init; } = [];

    /// <summary>Who may vote besides, where the approvers are too few.</summary>
    public IReadOnlyList<ApproverBody> Fallback { get; init; } = [];

    public ApprovalStage ToStage() =>
        new([.. Approvers.Select(a => a.ToApprover())], Votes, TimeLimit)
        {
            DistinctGroups = DistinctGroups,
            DenialsToEnd = DenialsToEnd,
            EscalateAfter = EscalateAfter,
            Escalation = [.. Escalation.Select(a => a.ToApprover())],
            Fallback = [.. Fallback.Select(a => a.ToApprover())],
        };

    public static StageBody Of(ApprovalStage stage) =>
        new()
        {
            Approvers = [.. stage.Approvers.Select(ApproverBody.Of)],
            Votes = stage.Votes,
            DistinctGroups = stage.DistinctGroups,
            DenialsToEnd = stage.DenialsToEnd,
            TimeLimit = stage.TimeLimit,
            EscalateAfter = stage.EscalateAfter,
            Escalation = [.. stage.Escalation.Select(ApproverBody.Of)],
            Fallback = [.. stage.Fallback.Select(ApproverBody.Of)],
        };

    public IEnumerable<(string, string)> Faults()
    {
        if (Approvers.Count == 0)
        {
            yield return ("approvers", "must not be empty: nobody could decide");
        }
        foreach (var (member, groups) in new[] { ("approvers", Approvers), ("escalation", Escalation), ("fallback", Fallback) })
        {
            if (ApproverBody.FaultOf(groups) is { } fault)
            {
                yield return (member, fault);
            }
        }
        if (Votes is < 1 or > 20 || (DistinctGroups && Votes > Approvers.Count + Escalation.Count + Fallback.Count))
        {
            yield return ("votes", "must be from 1 to 20, and no more than there are groups where these must be distinct");
        }
        if (DenialsToEnd is < 1 or > 20)
        {
            yield return ("denials_to_end", "must be from 1 to 20");
        }
        if (TimeLimit < TimeSpan.FromMinutes(1) || TimeLimit > LongestLimit)
        {
            yield return ("time_limit", "must be from PT1M to P90D");
        }
        if (EscalateAfter is { } patience ? patience <= TimeSpan.Zero || patience >= TimeLimit || Escalation.Count == 0 : Escalation.Count > 0)
        {
            yield return ("escalate_after", "must be less than time_limit, and stands together with escalation");
        }
    }
}

/// <summary>One group of people: exactly one member is given.</summary>
internal sealed record ApproverBody
{
    private const int MostGroups = 16;

    /// <summary>Whoever holds this role at the moment of the vote.</summary>
    public NameId? Role { get; init; }

    /// <summary>This person.</summary>
    public OpaqueId? Subject { get; init; }

    /// <summary>The line manager of who would get the role.</summary>
    public bool LineManager { get; init; }

    /// <summary>Whoever is on duty by this rota at the moment of the vote.</summary>
    public NameId? Rota { get; init; }

    private bool IsOne => (Role is null ? 0 : 1) + (Subject is null ? 0 : 1) + (LineManager ? 1 : 0) + (Rota is null ? 0 : 1) == 1;

    /// <summary>What is wrong with a list of groups; null: nothing.</summary>
    public static string? FaultOf(IReadOnlyList<ApproverBody> groups) =>
        groups.Count > MostGroups || groups.Any(g => !g.IsOne)
            ? FormattableString.Invariant($"must be at most {MostGroups} groups, each one of role, subject, line_manager or rota")
            : null;

    public Approver ToApprover() =>
        Role is { } role ? new(ApproverKind.Role, role.Value)
        : Subject is { } subject ? new(ApproverKind.Subject, subject.Value)
        : Rota is { } rota ? new(ApproverKind.OnDuty, rota.Value)
        : new(ApproverKind.LineManager, "");

    public static ApproverBody Of(Approver approver) =>
        approver.Kind switch
        {
            ApproverKind.Role => new() { Role = new(approver.Id) },
            ApproverKind.Subject => new() { Subject = new(approver.Id) },
            ApproverKind.LineManager => new() { LineManager = true },
            ApproverKind.OnDuty => new() { Rota = new(approver.Id) },
        };
}

/// <param name="En">In English.</param>
/// <param name="Cy">In Welsh.</param>
internal sealed record QuestionBody(NameId Id, string En, string Cy);
