using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Identity;

/// <summary>Asks people for a recent strong sign-in before what cannot be undone or opens something to others (RFC 9470).</summary>
/// <remarks>A client has no sign-in: its credential and what it is registered for are its proof.</remarks>
internal static class StepUp
{
    private const string Code = "insufficient_user_authentication"; // RFC 9470 §3

    /// <summary>What stands against the caller's acting at this instant: 401 with the challenge, or 403 where their provider cannot prove a strong sign-in. Null when nothing does.</summary>
    /// <param name="now">The instant of the write, not that of the token's first use.</param>
    public static Refusal? ObjectionTo(Caller caller, DateTimeOffset now) =>
        caller switch
        {
            not Caller.Person => null,
            Caller.Person { SignIn.Rule: { CanBeProven: false, AdmitsUnproven: true } } => null,
            Caller.Person { SignIn.Rule.CanBeProven: false } => new(
                "step_up_unavailable",
                "This needs a recent strong sign-in, and the gateway's settings do not say how your sign-in provider proves one. Its operator sets "
                    + "StepUp:AcrValues or StepUp:AmrValues of the provider, or allows acting without by StepUp:Unproven.",
                StatusCodes.Status403Forbidden
            ),
            Caller.Person { SignIn: var signIn } when signIn.SufficesAt(now) => null,
            Caller.Person { SignIn.Rule: var rule } => new(
                Code,
                "Sign in again as acr_values and max_age say, and repeat the request with the new token.",
                StatusCodes.Status401Unauthorized
            )
            {
                Members = MembersOf(rule),
            },
        };

    /// <summary>What the audit record of an act that asked keeps: <c>proven</c>, <c>unproven</c> where a setting let it pass; null: not a person.</summary>
    public static string? EvidenceOf(Caller caller) =>
        caller is not Caller.Person { SignIn.Rule: var rule } ? null
        : rule.CanBeProven ? "proven"
        : "unproven";

    /// <summary>401 with the challenge: where to look, and what to ask the provider for, in the header and in the body.</summary>
    public static IResult ToChallenge(Refusal refusal) => new Challenge(refusal);

    private static Dictionary<string, object?> MembersOf(StepUpRule rule)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (rule.AcrValues.Count > 0)
        {
            members["acr_values"] = string.Join(' ', rule.AcrValues);
        }
        members["max_age"] = (long)rule.MaxAge.TotalSeconds;
        return members;
    }

    private sealed class Challenge(Refusal refusal) : IResult
    {
        private const string Title = "A recent strong sign-in is needed.";

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var metadata = httpContext.RequestServices.GetRequiredService<IOptions<PublicUrlOptions>>().Value.At(ProtectedResourceMetadata.Path);
            var wanted = refusal.Members!.Select(member => FormattableString.Invariant($"{member.Key}=\"{member.Value}\""));
            httpContext.Response.Headers.Append(
                "WWW-Authenticate",
                $"Bearer error=\"{refusal.Code}\", error_description=\"{Title}\", {string.Join(", ", wanted)}, resource_metadata=\"{metadata}\""
            );
            return Problems.Of(refusal.Status, refusal.Code, Title, refusal.Detail, refusal.Members).ExecuteAsync(httpContext);
        }
    }
}
