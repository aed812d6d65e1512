using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Catalogue;

/// <summary>The same words in both languages.</summary>
internal sealed record Words(string En, string Cy);

/// <summary>What a store page says beside an app: never a role's name.</summary>
internal static class StoreWords
{
    public static Words Of(Listing listing) => listing.Standing switch
    {
        Standing.MayHave => new("You can download this app.", "Gallwch lawrlwytho'r ap hwn."),
        Standing.MayRequest => new("This app is for people with a particular role. You can ask for it.", "Mae'r ap hwn ar gyfer pobl â rôl benodol. Gallwch ofyn amdano."),
        Standing.MayNot => Why(listing.Reasons.Headline),
    };

    private static Words Why(DenyReason headline) => headline switch
    {
        DenyReason.GuidanceNotAccepted => new("Read and accept the guidance first.", "Darllenwch a derbyniwch y canllawiau yn gyntaf."),
        DenyReason.DeviceRequired => new("Open the store on the device that is to have this app.", "Agorwch y siop ar y ddyfais sydd i gael yr ap hwn."),
        DenyReason.DeviceUnknown or DenyReason.DeviceNotTheirs or DenyReason.DeviceNotManaged =>
            new("This app needs a device that your organisation knows as yours.", "Mae'r ap hwn angen dyfais y mae eich sefydliad yn gwybod mai eich un chi ydyw."),
        DenyReason.DeviceLimitReached => new("You have this app on as many devices as it allows.", "Mae'r ap hwn gennych ar gynifer o ddyfeisiau ag y mae'n ei ganiatáu."),
        DenyReason.AppRecalled => new("This app has been recalled. Do not use it.", "Mae'r ap hwn wedi'i alw'n ôl. Peidiwch â'i ddefnyddio."),
        _ => new("This app cannot be downloaded at the moment.", "Ni ellir lawrlwytho'r ap hwn ar hyn o bryd."),
    };
}
