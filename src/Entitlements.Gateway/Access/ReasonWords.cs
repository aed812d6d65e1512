using System.Collections.Frozen;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Access;

/// <summary>Each reason in plain words for the person, in English and Welsh. No role, app or other person is ever named.</summary>
internal static class ReasonWords
{
    private static readonly FrozenDictionary<DenyReason, IReadOnlyDictionary<string, string>> Words = Enum.GetValues<DenyReason>()
        .ToFrozenDictionary(reason => reason, Both);

    private static readonly FrozenDictionary<DenyReason, byte[]> Json = Words.ToFrozenDictionary(
        said => said.Key,
        said => JsonSerializer.SerializeToUtf8Bytes(said.Value, StrictJson.Options)
    );

    /// <summary><see cref="Of"/> as it is written in an answer.</summary>
    public static ReadOnlySpan<byte> JsonOf(DenyReason reason) => Json[reason];

    /// <summary>By language tag: <c>en</c> and <c>cy</c>.</summary>
    public static IReadOnlyDictionary<string, string> Of(DenyReason reason) => Words[reason];

    private static IReadOnlyDictionary<string, string> Both(DenyReason reason)
    {
        var (english, welsh) = Say(reason);
        return new SortedDictionary<string, string>(StringComparer.Ordinal) { ["cy"] = welsh, ["en"] = english };
    }

    private static (string English, string Welsh) Say(DenyReason reason) =>
        reason switch
        {
            DenyReason.NotAvailable => ("This is not available to you.", "Nid yw hwn ar gael i chi."),
            DenyReason.SubjectInactive => ("Your account is no longer active.", "Nid yw eich cyfrif yn weithredol mwyach."),
            DenyReason.SubjectSuspended => ("Your account is suspended. Ask your administrator.", "Mae eich cyfrif wedi'i atal. Gofynnwch i'ch gweinyddwr."),
            DenyReason.AppRecalled => ("This app has been recalled. Nobody may use it.", "Mae'r ap hwn wedi'i alw'n ôl. Ni chaiff neb ei ddefnyddio."),
            DenyReason.AppWithdrawn => (
                "This app has been withdrawn and can no longer be downloaded.",
                "Mae'r ap hwn wedi'i dynnu'n ôl ac ni ellir ei lawrlwytho mwyach."
            ),
            DenyReason.AppSuspended => ("This app is suspended for now.", "Mae'r ap hwn wedi'i atal am y tro."),
            DenyReason.AppNotPublished => ("No version of this app has been published.", "Nid oes fersiwn o'r ap hwn wedi'i chyhoeddi."),
            DenyReason.ReleaseNotAvailable => ("This version is not available.", "Nid yw'r fersiwn hon ar gael."),
            DenyReason.ReleaseYanked => ("This version has been withdrawn.", "Mae'r fersiwn hon wedi'i thynnu'n ôl."),
            DenyReason.ReleaseRecalled => ("This version has been recalled.", "Mae'r fersiwn hon wedi'i galw'n ôl."),
            DenyReason.ReleaseHeld => (
                "This version can do more than has been assessed, so it waits.",
                "Gall y fersiwn hon wneud mwy nag sydd wedi'i asesu, felly mae'n aros."
            ),
            DenyReason.ReleaseSuspended => ("This version is suspended for now.", "Mae'r fersiwn hon wedi'i hatal am y tro."),
            DenyReason.NoRule => ("Your organisation has not opened this to anyone.", "Nid yw eich sefydliad wedi agor hwn i neb."),
            DenyReason.RuleUnreadable => (
                "This cannot be opened at the moment. Tell your service desk.",
                "Ni ellir agor hwn ar hyn o bryd. Rhowch wybod i'ch desg gymorth."
            ),
            DenyReason.RuleLapsed => (
                "The time for which this was opened has ended. Your organisation has to decide on it again.",
                "Mae'r cyfnod yr agorwyd hwn ar ei gyfer wedi dod i ben. Rhaid i'ch sefydliad benderfynu arno eto."
            ),
            DenyReason.ConditionNotMet => ("A condition for this is not met.", "Nid yw amod ar gyfer hyn wedi'i fodloni."),
            DenyReason.AssessmentMissing => (
                "Your organisation has not yet approved the data protection assessment.",
                "Nid yw eich sefydliad wedi cymeradwyo'r asesiad diogelu data eto."
            ),
            DenyReason.AssessmentLapsed => ("The data protection assessment is due for review.", "Mae'n bryd adolygu'r asesiad diogelu data."),
            DenyReason.RoleNotHeld => ("You do not hold a role that opens this at the moment.", "Nid oes gennych rôl sy'n agor hwn ar hyn o bryd."),
            DenyReason.AssignmentSuspended => ("Your role is suspended for now.", "Mae eich rôl wedi'i hatal am y tro."),
            DenyReason.SeparationOfDuty => ("Two roles that you hold may not be used together.", "Ni chaniateir defnyddio dwy o'ch rolau gyda'i gilydd."),
            DenyReason.DeviceNotGranted => (
                "Your emergency access is for one device. Ask again from that one.",
                "Mae eich mynediad brys ar gyfer un ddyfais. Gofynnwch eto o'r ddyfais honno."
            ),
            DenyReason.HomeRightNotHeld => (
                "You help here in mutual aid, and do not hold the role in your own force that it rests on.",
                "Rydych yn helpu yma drwy gymorth ar y cyd, ac nid oes gennych y rôl yn eich heddlu eich hun y mae'n dibynnu arni."
            ),
            DenyReason.AccreditationMissing => (
                "This needs an accreditation that is not on record for you.",
                "Mae hyn yn gofyn am achrediad nad yw wedi'i gofnodi ar eich cyfer."
            ),
            DenyReason.AccreditationLapsed => (
                "An accreditation that this needs has ended. Renew it first.",
                "Mae achrediad sydd ei angen ar gyfer hyn wedi dod i ben. Adnewyddwch ef yn gyntaf."
            ),
            DenyReason.GuidanceNotAccepted => ("Read and accept the guidance first.", "Darllenwch a derbyniwch y canllawiau yn gyntaf."),
            DenyReason.DeviceRequired => ("Ask again from the device you want to use.", "Gofynnwch eto o'r ddyfais rydych am ei defnyddio."),
            DenyReason.DeviceUnknown => ("This device is not known to your organisation.", "Nid yw eich sefydliad yn adnabod y ddyfais hon."),
            DenyReason.DeviceNotTheirs => (
                "This device is not yours, or its booking has ended.",
                "Nid eich dyfais chi yw hon, neu mae'r archeb wedi dod i ben."
            ),
            DenyReason.DeviceNotManaged => ("This device is not managed by your organisation.", "Nid yw'r ddyfais hon yn cael ei rheoli gan eich sefydliad."),
            DenyReason.DeviceLimitReached => (
                "You already have this app on as many devices as it allows.",
                "Mae'r ap hwn gennych eisoes ar gynifer o ddyfeisiau ag y mae'n eu caniatáu."
            ),
        };
}
