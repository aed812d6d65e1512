using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>Where an app is in its life, in words and a shape.</summary>
internal static class AppWords
{
    public static (string Kind, string Text) Life(AppState state, Language l) =>
        state switch
        {
            AppState.Draft => ("ended", l["Draft: nobody can have it", "Drafft: ni all neb ei gael"]),
            AppState.InAssessment => ("waiting", l["Its assessment waits for votes", "Mae ei asesiad yn aros am bleidleisiau"]),
            AppState.Approved => ("waiting", l["Assessed, not open yet", "Wedi'i asesu, heb agor eto"]),
            AppState.Live => ("yes", l["Live", "Byw"]),
            AppState.Suspended => ("no", l["Suspended", "Wedi'i atal"]),
            AppState.Withdrawn => ("no", l["Withdrawn", "Wedi'i dynnu'n ôl"]),
            AppState.Recalled => ("no", l["Recalled for good", "Wedi'i alw'n ôl am byth"]),
        };

    public static string Need(AppNeed need, Language l) =>
        need switch
        {
            AppNeed.Assessment => l["an assessment in force", "asesiad mewn grym"],
            AppNeed.Release => l["a published version that is not held", "fersiwn gyhoeddedig nad yw wedi'i dal"],
            AppNeed.Rule => l["a rule that names a role", "rheol sy'n enwi rôl"],
        };

    public static string Outcome(AssessmentOutcome outcome, Language l) =>
        outcome switch
        {
            AssessmentOutcome.Refused => l["Refused.", "Gwrthodwyd."],
            AssessmentOutcome.Approved => l["Approved.", "Cymeradwywyd."],
            AssessmentOutcome.NotNeeded => l["Found not to be needed.", "Canfuwyd nad oes ei angen."],
        };

    public static string Device(DeviceCondition device, Language l) =>
        device switch
        {
            DeviceCondition.None => l["On any device.", "Ar unrhyw ddyfais."],
            DeviceCondition.Known => l["On a phone that is on record for them.", "Ar ffôn sydd ar gofnod iddynt."],
            DeviceCondition.Managed => l["On a managed phone.", "Ar ffôn a reolir."],
        };
}
