using Entitlements.Gateway.Identity.BuiltIn;

namespace Entitlements.Gateway.Identity;

/// <summary>Says at every start which provider's people can prove a recent strong sign-in, and what becomes of the others.</summary>
internal static partial class StepUpLog
{
    public static void Tell(ILogger log, IEnumerable<TrustedProvider> providers)
    {
        foreach (var (issuer, rule) in providers.Where(p => p.Scheme != BuiltInProvider.Scheme).Select(p => (p.Issuer, p.StepUp))) // which nobody sets
        {
            switch (rule)
            {
                case { CanBeProven: true }:
                    Proven(log, issuer, string.Join(' ', rule.AcrValues), string.Join(' ', rule.AmrValues), rule.MaxAge);
                    break;
                case { AdmitsUnproven: true }:
                    Allowed(log, issuer);
                    break;
                default:
                    Refused(log, issuer);
                    break;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Sign-ins of {Issuer} are strong by acr [{AcrValues}] and amr [{AmrValues}], and recent for {MaxAge}.")]
    private static partial void Proven(ILogger log, string issuer, string acrValues, string amrValues, TimeSpan maxAge);

    [LoggerMessage(
        LogLevel.Warning,
        "People of {Issuer} vote, propose changes, recall and break glass WITHOUT a recent strong sign-in: its StepUp:Unproven is Allowed. Each act records that."
    )]
    private static partial void Allowed(ILogger log, string issuer);

    [LoggerMessage(
        LogLevel.Warning,
        "People of {Issuer} can neither vote on changes or restricted roles, nor propose changes, recall or break glass: the settings do not say how it proves a strong sign-in (StepUp:AcrValues, StepUp:AmrValues)."
    )]
    private static partial void Refused(ILogger log, string issuer);
}
