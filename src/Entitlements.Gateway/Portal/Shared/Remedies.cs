using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>Why somebody is refused, and what they can do about it, in words.</summary>
internal static class Remedies
{
    /// <summary>A reason in plain words.</summary>
    public static string Said(DenyReason reason, Language l) => ReasonWords.Of(reason) is var words ? l[words["en"], words["cy"]] : "";

    /// <summary>What would change that; null where nothing of theirs would.</summary>
    public static string? Of(DenyReason reason, Language l) =>
        reason switch
        {
            DenyReason.DeviceRequired or DenyReason.DeviceUnknown or DenyReason.DeviceNotTheirs => l[
                "Use the phone that your force has on record for you, or ask your service desk to put this one on record.",
                "Defnyddiwch y ffôn sydd gan eich heddlu ar gofnod i chi, neu gofynnwch i'ch desg wasanaeth roi hwn ar gofnod."
            ],
            DenyReason.DeviceNotManaged => l[
                "Let your force's device management take charge of the phone first.",
                "Gadewch i reolaeth dyfeisiau eich heddlu gymryd gofal o'r ffôn yn gyntaf."
            ],
            DenyReason.AccreditationMissing or DenyReason.AccreditationLapsed => l[
                "Your training or accreditation has to be on record and in date. Ask whoever keeps it.",
                "Rhaid i'ch hyfforddiant neu'ch achrediad fod ar gofnod ac yn gyfredol. Gofynnwch i bwy bynnag sy'n ei gadw."
            ],
            DenyReason.SeparationOfDuty => l[
                "Ask your role administrator which of the two roles you need.",
                "Gofynnwch i'ch gweinyddwr rolau pa un o'r ddwy rôl sydd ei hangen arnoch."
            ],
            DenyReason.AssessmentMissing or DenyReason.AssessmentLapsed or DenyReason.ReleaseHeld => l[
                "Your data protection officer has to decide first. There is nothing for you to do.",
                "Rhaid i'ch swyddog diogelu data benderfynu yn gyntaf. Nid oes dim i chi ei wneud."
            ],
            _ => null,
        };
}
