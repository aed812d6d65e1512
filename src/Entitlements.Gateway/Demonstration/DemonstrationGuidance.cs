using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Demonstration;

/// <summary>What the negotiators accept before they get the call recorder.</summary>
internal static class DemonstrationGuidance
{
    private const string English =
        "This app records every call on the phone while it is switched on. Use it only in a negotiation that a duty superintendent has opened; tell the people you speak to where the law asks for it; hand the phone in the same day.";

    private const string Welsh =
        "Mae'r ap hwn yn recordio pob galwad ar y ffôn tra bydd ymlaen. Defnyddiwch ef dim ond mewn trafodaeth a agorwyd gan uwch-arolygydd ar ddyletswydd; dywedwch wrth y bobl rydych yn siarad â nhw lle mae'r gyfraith yn gofyn; dychwelwch y ffôn yr un diwrnod.";

    public static SetGuidance Of(string tenant) =>
        new(DemonstrationApps.CallRecorder, tenant, 1, English, Welsh)
        {
            Questions =
            [
                Question(
                    "Which calls does the app record?",
                    "Pa alwadau mae'r ap yn eu recordio?",
                    right: 2,
                    ("Those that I choose.", "Y rhai rwy'n eu dewis."),
                    ("Every call while it is switched on.", "Pob galwad tra bydd ymlaen."),
                    ("None until I save one.", "Dim un nes i mi gadw un.")
                ),
                Question(
                    "When may I use it?",
                    "Pryd y caf ei ddefnyddio?",
                    right: 1,
                    ("In a negotiation that a duty superintendent has opened.", "Mewn trafodaeth a agorwyd gan uwch-arolygydd ar ddyletswydd."),
                    ("Whenever a call may matter later.", "Pryd bynnag y gallai galwad fod o bwys wedyn."),
                    ("On every shift.", "Ar bob sifft.")
                ),
                Question(
                    "When do I hand the phone in?",
                    "Pryd rwy'n dychwelyd y ffôn?",
                    right: 3,
                    ("At the end of the month.", "Ar ddiwedd y mis."),
                    ("When somebody asks for it.", "Pan fydd rhywun yn gofyn amdano."),
                    ("The same day.", "Yr un diwrnod.")
                ),
            ],
        };

    private static GuidanceQuestion Question(string en, string cy, int right, params (string En, string Cy)[] choices) =>
        new()
        {
            En = en,
            Cy = cy,
            Choices = [.. choices.Select(c => new GuidanceChoice { En = c.En, Cy = c.Cy })],
            Right = right,
        };
}
