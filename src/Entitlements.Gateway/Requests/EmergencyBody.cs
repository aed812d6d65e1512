using Entitlements.Engine.Requests;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Requests;

/// <summary>How a role is asked for in an emergency: one vote by whoever is on duty, around the clock.</summary>
internal sealed record UrgentBody
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Who is on duty: a rota of the tenant.</summary>
    public required NameId Rota { get; init; }

    /// <summary>Longest, and default, time of what is granted: PT1M to PT24H.</summary>
    public required TimeSpan LongestGrant { get; init; }

    /// <summary>Plain time after which nobody's answer ends the request: PT1M to PT24H, default PT1H.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Plain time after which <see cref="Escalation"/> may vote, too; less than the limit.</summary>
    public TimeSpan? EscalateAfter { get; init; }

    /// <summary>Who may vote besides: then, at once where nobody is on duty, and as soon as one of those on duty is told by no channel.</summary>
    public IReadOnlyList<ApproverBody> Escalation { get; init; } = [];

    public UrgentAccess ToUrgent() =>
        new(Rota.Value, LongestGrant, TimeLimit) { EscalateAfter = EscalateAfter, Escalation = [.. Escalation.Select(a => a.ToApprover())] };

    public static UrgentBody? Of(UrgentAccess? urgent) =>
        urgent is null
            ? null
            : new()
            {
                Rota = new(urgent.Rota),
                LongestGrant = urgent.LongestGrant,
                TimeLimit = urgent.TimeLimit,
                EscalateAfter = urgent.EscalateAfter,
                Escalation = [.. urgent.Escalation.Select(ApproverBody.Of)],
            };

    public IEnumerable<(string, string)> Faults()
    {
        foreach (var (member, span) in new[] { ("longest_grant", LongestGrant), ("time_limit", TimeLimit) })
        {
            if (span < TimeSpan.FromMinutes(1) || span > Longest)
            {
                yield return (member, "must be from PT1M to PT24H");
            }
        }
        if (EscalateAfter is { } patience && (patience <= TimeSpan.Zero || patience >= TimeLimit || Escalation.Count == 0))
        {
            yield return ("escalate_after", "must be less than time_limit, and stands together with escalation");
        }
        if (ApproverBody.FaultOf(Escalation) is { } fault)
        {
            yield return ("escalation", fault);
        }
    }
}

/// <summary>Who may take a role without a vote where nobody can be reached, and who looks at it afterwards.</summary>
internal sealed record BreakGlassBody
{
    private const int MostRoles = 16;
    private static readonly TimeSpan Shift = TimeSpan.FromHours(12);

    /// <summary>Whoever holds one of these roles: 1 to 16.</summary>
    public required IReadOnlyList<NameId> Roles { get; init; }

    /// <summary>Longest, and default, time: PT1M to PT12H, a shift.</summary>
    public required TimeSpan LongestGrant { get; init; }

    /// <summary>Who says within 24 hours whether it was justified: 1 to 16 groups. Never who did it.</summary>
    public required IReadOnlyList<ApproverBody> Reviewers { get; init; }

    public BreakGlass ToBreakGlass() => new([.. Roles.Select(r => r.Value).Distinct()], LongestGrant, [.. Reviewers.Select(a => a.ToApprover())]);

    public static BreakGlassBody? Of(BreakGlass? glass) =>
        glass is null
            ? null
            : new()
            {
                Roles = [.. glass.Roles.Select(r => new NameId(r))],
                LongestGrant = glass.LongestGrant,
                Reviewers = [.. glass.Reviewers.Select(ApproverBody.Of)],
            };

    public IEnumerable<(string, string)> Faults()
    {
        if (Roles.Count is 0 or > MostRoles)
        {
            yield return ("roles", FormattableString.Invariant($"must be 1 to {MostRoles} roles: empty would be nobody"));
        }
        if (LongestGrant < TimeSpan.FromMinutes(1) || LongestGrant > Shift)
        {
            yield return ("longest_grant", "must be from PT1M to PT12H");
        }
        if (Reviewers.Count == 0 || ApproverBody.FaultOf(Reviewers) is not null)
        {
            yield return ("reviewers", ApproverBody.FaultOf(Reviewers) ?? "must not be empty: nobody could look at it afterwards");
        }
    }
}
