using System.Collections.Immutable;
using Entitlements.Engine.Requests;

namespace Entitlements.Engine.Tests.Requests;

/// <summary>A policy, requests under it, and what may happen to them.</summary>
internal static class Given
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static ApprovalPolicy Policy { get; } = new([Stage(1)], TimeSpan.FromDays(30), TimeSpan.FromHours(8));

    public static AccessRequest Request => Pending();

    public static Dictionary<string, RequestState> States { get; } =
        new()
        {
            ["awaiting_requester"] = new RequestState.AwaitingRequester(Noon.AddDays(1)),
            ["pending"] = Pending().State,
            ["granted"] = new RequestState.Granted(),
            ["denied"] = new RequestState.Denied(),
            ["expired"] = new RequestState.Expired(),
            ["withdrawn"] = new RequestState.Withdrawn(),
            ["superseded"] = new RequestState.Superseded(),
            ["voided"] = new RequestState.Voided(VoidReason.RoleChanged),
        };

    public static Dictionary<string, RequestEvent> Events { get; } =
        new()
        {
            ["screened"] = new RequestEvent.Screened(),
            ["voted"] = Approval("approver"),
            ["withdrawn"] = new RequestEvent.Withdrawn(),
            ["superseded"] = new RequestEvent.Superseded(),
            ["ticked"] = new RequestEvent.Ticked(),
            ["unreached"] = new RequestEvent.Unreached(),
        };

    public static ApprovalStage Stage(int? votes) => new([new(ApproverKind.Role, "approver")], votes, TimeSpan.FromHours(10));

    public static RequestFacts Facts(DateTimeOffset at, int stages = 1) =>
        new(at, Bar: null, Outstanding: false, [.. Enumerable.Repeat(new Pool(9, 9), stages)], WorkingCalendar.AroundTheClock);

    public static AccessRequest Pending(ApprovalPolicy? policy = null) =>
        RequestMachine.Submit(policy ?? Policy, ["requester", "filer"], Facts(Noon, (policy ?? Policy).Stages.Length)).Request;

    public static AccessRequest Pending(int votes) => Pending(Policy with { Stages = [Stage(votes)] });

    public static RequestEvent.Voted Approval(string person, string? onBehalfOf = null) =>
        new(person, onBehalfOf, ImmutableArray.Create(0), Approves: true, Until: null);
}
