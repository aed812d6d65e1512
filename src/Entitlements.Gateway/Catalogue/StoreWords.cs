using Entitlements.Gateway.Access;

namespace Entitlements.Gateway.Catalogue;

/// <summary>The same words in both languages.</summary>
internal sealed record Words(string En, string Cy);

/// <summary>What a store page says beside an app: never a role's name.</summary>
internal static class StoreWords
{
    public static Words Of(Listing listing) =>
        listing.Standing switch
        {
            Standing.MayHave => new("You can download this app.", "Gallwch lawrlwytho'r ap hwn."),
            Standing.MayRequest => new(
                "This app is for people with a particular role. You can ask for it.",
                "Mae'r ap hwn ar gyfer pobl â rôl benodol. Gallwch ofyn amdano."
            ),
            Standing.MayNot => Spoken(ReasonWords.Of(listing.Reasons.Headline)),
        };

    private static Words Spoken(IReadOnlyDictionary<string, string> words) => new(words["en"], words["cy"]);
}
