using System.Data.Common;
using System.Text.Json;
using Entitlements.Client.Wire;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Issuance;

/// <summary>What issuing and redeeming refuse with.</summary>
internal static class IssuanceProblems
{
    private const string Refused = "The download was refused.";

    /// <summary>403 with the decision's context: every reason that applies, in order, and what to do next.</summary>
    public static ProblemHttpResult Denied(Evaluation.Judged judged, Caller caller) =>
        WithContext(StatusCodes.Status403Forbidden, TypeOf(judged.Decision), Refused, EvaluationContext.Of(judged, caller));

    /// <summary>403 with the decision's context, whichever it was: nothing is issued in an exercise.</summary>
    public static ProblemHttpResult Rehearsed(Evaluation.Judged judged, Caller caller) =>
        WithContext(
            StatusCodes.Status403Forbidden,
            "urn:entitlements:problem:exercise",
            "Nothing is issued in an exercise.",
            EvaluationContext.Of(judged, caller)
        );

    /// <summary>403: the decision is yes, but the person's own token is missing or does not prove them.</summary>
    public static ProblemHttpResult Unproven(string code) =>
        code == PersonProof.Required
            ? Problems.Of(
                StatusCodes.Status403Forbidden,
                code,
                "The person must prove to be asking.",
                "This app asks for subject_token: the person's own access token, at most five minutes old."
            )
            : Problems.Of(
                StatusCodes.Status403Forbidden,
                code,
                "The person must prove to be asking.",
                "The subject_token is not a valid access token of this person, at most five minutes old."
            );

    /// <summary>410: a repeated request whose entitlement is over.</summary>
    public static ProblemHttpResult Over(Judgement? judgement)
    {
        var problem = judgement is null ? Ended : Of(judgement);
        return TypedResults.Problem(
            type: problem.Type,
            title: problem.Title,
            detail: problem.Detail,
            statusCode: StatusCodes.Status410Gone,
            extensions: problem.Context is { } context ? [new("context", context)] : null
        );
    }

    /// <summary>The token is past its end.</summary>
    public static Problem Expired { get; } = new("urn:entitlements:problem:expired", "The token is past its end.", "Ask for a new entitlement.");

    /// <summary>The entitlement or its session was ended, or ran out.</summary>
    public static Problem Ended { get; } = new("urn:entitlements:problem:ended", "This right has ended.", "Ask for a new entitlement.");

    /// <summary>Why a judgement lets nothing begin, as 410: the decision's context where the decision is no.</summary>
    /// <remarks>Whoever redeems holds a token, not a registration: they hear the headline only.</remarks>
    public static Problem Of(Judgement judgement)
    {
        if (judgement.Judged.Decision is not Decision.Deny || judgement.Record.Row.RevokedAt is not null)
        {
            return judgement.Record.Row.ExpiresAt <= judgement.Judged.At && judgement.MayBegin ? Expired : Ended;
        }
        var context = EvaluationContext.Of(judgement.Judged, new Caller.Machine());
        var told = context with { Reasons = [.. context.Reasons.Take(1)] };
        return new(TypeOf(judgement.Judged.Decision), Refused, Context: JsonSerializer.SerializeToElement(told, StrictJson.Options));
    }

    private static string TypeOf(Decision decision) =>
        decision is Decision.Deny deny ? $"urn:entitlements:denied:{deny.Reasons.Headline.Code}" : "urn:entitlements:problem:ended";

    private static ProblemHttpResult WithContext(int status, string type, string title, EvaluationContext context)
    {
        var problem = new ProblemDetails
        {
            Status = status,
            Type = type,
            Title = title,
        };
        problem.Extensions["context"] = context;
        return TypedResults.Problem(problem);
    }
}

/// <summary>Turns faults of the database and of providers into "no answer now": a failure is closed, and never a 500 that hides what was meant.</summary>
internal sealed partial class StorageGuard(ILogger<StorageGuard> log)
{
    public async Task<T> OrAsync<T>(Func<Task<T>> act, T otherwise)
    {
        try
        {
            return await act();
        }
        catch (Exception fault) when (IsOfOthers(fault) || (fault is InvalidOperationException && fault.InnerException is { } inner && IsOfOthers(inner)))
        {
            Failed(fault);
            return otherwise;
        }
    }

    private static bool IsOfOthers(Exception fault) => fault is DbException or DbUpdateException or TimeoutException or ProviderUnavailableException;

    [LoggerMessage(LogLevel.Error, "No answer could be given: the database, or an identity provider, failed.")]
    private partial void Failed(Exception fault);
}
