using System.Text.Json.Serialization;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Access;

/// <summary>An AuthZEN answer: the decision, and what stands behind it.</summary>
internal sealed record EvaluationAnswer(bool Decision, EvaluationContext Context)
{
    public static EvaluationAnswer Of(Evaluation evaluation, Caller caller) => new(evaluation.IsAllowed, EvaluationContext.Of(evaluation, caller));
}

/// <summary>Answer of the batch endpoint: <c>evaluations</c>, or, where the body had none, what the single endpoint answers.</summary>
internal sealed record EvaluationsAnswer
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Decision { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EvaluationContext? Context { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EvaluationAnswer>? Evaluations { get; init; }
}

/// <summary>Context of an answer; issuing sends the same with a refusal.</summary>
internal sealed record EvaluationContext
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? EvaluationId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? EvaluatedAt { get; init; }

    /// <summary>The revision it was judged at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Revision { get; init; }

    /// <summary>True in an exercise, left out otherwise: nothing is issued on this answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Exercise { get; init; }

    /// <summary>The instant from which the same facts would be judged differently; null: no instant is told.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>Why not, the headline first; empty with an allow.</summary>
    public IReadOnlyList<ReasonAnswer> Reasons { get; init; } = [];

    /// <summary>The headline in words for a screen, by language (<c>en</c>, <c>cy</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? ReasonUser { get; init; }

    /// <summary>Why an approval that was shown does not help: <c>approval_expired</c>, <c>out_of_scope</c>, <c>grant_pending</c>, <c>policy_denied</c> or <c>approval_unverifiable</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>What to do then: <c>request</c>, <c>retry</c> or <c>none</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NextAction { get; init; }

    /// <summary>Seconds to wait before a retry.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RetryAfter { get; init; }

    /// <summary>Where a denial can be asked to be otherwise; left out where nowhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AccessRequestOffer? AccessRequest { get; init; }

    /// <summary>Only in a batch: the item could not be judged.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ErrorAnswer? Error { get; init; }

    public static EvaluationContext Of(Evaluation evaluation, Caller caller) =>
        evaluation switch
        {
            Evaluation.Judged judged => Of(judged, caller),
            Evaluation.Broken broken => new() { Error = ErrorAnswer.Of(broken) },
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <remarks>Every reason for clients of the tenant; people see the first, in words.</remarks>
    private static EvaluationContext Of(Evaluation.Judged judged, Caller caller)
    {
        var tellAll = caller is not Caller.Person;
        var context = new EvaluationContext
        {
            EvaluationId = judged.Id,
            EvaluatedAt = judged.At,
            Revision = judged.Revision,
            Exercise = caller.IsExercise(judged.Asked.Request.Tenant) ? true : null,
        };
        context = context with { ValidUntil = UntilOf(judged.Decision) };
        return judged.Decision is Decision.Deny deny
            ? context with
            {
                Reasons = [.. deny.Reasons.InOrder().Take(tellAll ? int.MaxValue : 1).Select(reason => new ReasonAnswer(reason.Code))],
                ReasonUser = ReasonWords.Of(deny.Reasons.Headline),
                Reason = judged.Approval?.Reason,
                NextAction = judged.Approval?.NextAction,
                RetryAfter = judged.Approval?.RetryAfter,
                AccessRequest = judged.Offer,
            }
            : context;
    }

    /// <remarks>Until when something unknown or hidden stays so would tell the two apart.</remarks>
    public static DateTimeOffset? UntilOf(Decision decision) =>
        decision is Decision.Deny { Reasons.Headline: DenyReason.NotAvailable } || decision.HoldsUntil == DateTimeOffset.MaxValue ? null : decision.HoldsUntil;
}

/// <param name="Code">One of a closed list, for instance <c>role_not_held</c>.</param>
internal sealed record ReasonAnswer(string Code);

/// <summary>Why an item could not be judged.</summary>
internal sealed record ErrorAnswer(int Status, string Message, IReadOnlyDictionary<string, string[]> Errors)
{
    public static ErrorAnswer Of(Evaluation.Broken broken) =>
        new(
            StatusCodes.Status400BadRequest,
            "The evaluation is not valid.",
            broken.Errors.GroupBy(e => e.Pointer, e => e.Error, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal)
        );
}
