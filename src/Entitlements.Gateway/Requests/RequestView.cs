using System.Text.Json;
using Entitlements.Engine.Requests;

namespace Entitlements.Gateway.Requests;

/// <summary>A request as its parties and overseers see it.</summary>
/// <param name="Subject">Who would get the role; null where the role is sensitive and the reader need not know.</param>
/// <param name="Status">Where it stands at this moment, whether or not anybody has looked since.</param>
/// <param name="Outcome">Why it is void: a code; null for every other status.</param>
/// <param name="SetsAside">What an emergency passes besides the approvers: guidance, device, assessment.</param>
/// <param name="Device">The device it is for, in an emergency.</param>
/// <param name="Outstanding">What the requester has to do or to hold first; null where it waits for nothing of theirs.</param>
/// <param name="Stage">The round of votes that runs; null when none does.</param>
/// <param name="MayVote">The reader is one of those who are asked now.</param>
/// <param name="NotToBeRenewed">The person is not to have the role again by a request; null where nobody said so here.</param>
internal sealed record RequestView(
    string Id,
    string Tenant,
    string? Subject,
    string Role,
    RequestResourceView? Resource,
    RequestStatus Status,
    string? Outcome,
    Urgency Urgency,
    IReadOnlyList<string> SetsAside,
    string? Device,
    string Reason,
    string? Ticket,
    JsonElement Answers,
    DateTimeOffset? From,
    DateTimeOffset? Until,
    TimeSpan? For,
    DateTimeOffset SubmittedAt,
    DateTimeOffset ExpiresAt,
    OutstandingView? Outstanding,
    RequestStageView? Stage,
    IReadOnlyList<RequestVoteView> Votes,
    IReadOnlyList<CommentView> Comments,
    bool MayVote,
    DateTimeOffset? DecidedAt,
    GrantView? Grant,
    NoRenewalView? NotToBeRenewed
)
{
    public static RequestView Of(AccessRequestRow row, IReadOnlyList<RequestVoteRow> votes, RequestReader reader)
    {
        var request = StoredRequest.Of(row, votes);
        var overdue = request.State is RequestState.Pending { Deadlines.Expires: var end } && end <= reader.Now;
        return new(
            row.Id,
            row.Tenant,
            reader.SubjectOf(row),
            row.Role,
            row.Resource is null ? null : new(row.ResourceType!, row.Resource, row.Action!),
            overdue ? RequestStatus.Expired : row.Status,
            request.State is RequestState.Voided { Because: var because } ? RequestWords.Of(because) : null,
            row.Urgency,
            [.. Enum.GetValues<Requests.SetsAside>().Where(a => a != Requests.SetsAside.Nothing && row.SetsAside.HasFlag(a)).Select(RequestWords.Of)],
            row.Device,
            row.Reason,
            row.Ticket,
            JsonElement.Parse(row.Answers),
            row.AskedFrom,
            row.AskedUntil,
            row.AskedFor,
            row.SubmittedAt,
            row.ExpiresAt,
            reader.OutstandingOf(row),
            request.State is RequestState.Pending pending && !overdue ? RequestStageView.Of(request, pending, [.. reader.DutiesOf(row, request)]) : null,
            [.. votes.Select(v => RequestVoteView.Of(v, reader.IsWithheld(row), reader.HasLeft(row, v)))],
            [.. reader.CommentsOf(row)],
            !overdue && reader.IsAsked(row, request),
            row.DecidedAt,
            reader.GrantOf(row),
            NoRenewalView.Of(row, reader.IsWithheld(row))
        );
    }
}

internal sealed record RequestResourceView(string Type, string Id, string Action);

/// <summary>The round of votes that runs.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="Stages">How many there are.</param>
/// <param name="Needed">Approvals that it takes.</param>
/// <param name="Approvals">That count so far.</param>
/// <param name="Asked">The groups who may vote now.</param>
/// <param name="OnDuty">Who is on duty now, where a rota is asked.</param>
/// <param name="Escalated">Others are asked besides already.</param>
/// <param name="EscalatesAt">When others may vote, too; null: never, or they may already.</param>
internal sealed record RequestStageView(
    int Number,
    int Stages,
    int Needed,
    int Approvals,
    IReadOnlyList<ApproverBody> Asked,
    IReadOnlyList<RequestDutyView> OnDuty,
    bool Escalated,
    DateTimeOffset? EscalatesAt,
    DateTimeOffset ExpiresAt
)
{
    public static RequestStageView Of(AccessRequest request, RequestState.Pending pending, IReadOnlyList<RequestDutyView> duties) =>
        new(
            pending.Stage + 1,
            request.Policy.Stages.Length,
            pending.Needed,
            StageQuorum.CountOf(request.Policy.Stages[pending.Stage], [.. request.Votes.Where(v => v.Stage == pending.Stage)]),
            [.. request.Asked.Distinct().Select(ApproverBody.Of)],
            duties,
            pending.Escalated || pending.Fallback,
            pending.Escalated ? null : pending.Deadlines.Escalates,
            pending.Deadlines.Expires
        );
}

/// <param name="Person">Who voted; null where the role is sensitive and the reader need not know.</param>
/// <param name="Stage">1 for the first.</param>
/// <param name="LeftSince">None of their accounts is in use any more; the vote stands.</param>
internal sealed record RequestVoteView(
    string Vote,
    int Stage,
    string? Person,
    string? OnBehalfOf,
    string Reason,
    DateTimeOffset? Until,
    DateTimeOffset At,
    bool LeftSince
)
{
    public static RequestVoteView Of(RequestVoteRow row, bool withheld, bool left) =>
        new(
            row.Approves ? "approve" : "deny",
            row.Stage + 1,
            withheld ? null : row.Person,
            withheld ? null : row.OnBehalfOf,
            row.Reason,
            row.Until,
            row.At,
            left
        );
}

internal static class RequestWords
{
    /// <summary>As the API says it.</summary>
    public static string Of(RequestStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    public static string Of(SetsAside aside) => JsonNamingPolicy.SnakeCaseLower.ConvertName(aside.ToString());

    public static string Of(VoidReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
