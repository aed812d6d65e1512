using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>Where an app stands for a person, in two words and a shape.</summary>
internal sealed record AppStatus(string Kind, string Text)
{
    public static AppStatus Of(ListingView app, Language l) =>
        app.Standing switch
        {
            Standing.MayHave => new("yes", l["You can have this", "Gallwch gael hwn"]),
            Standing.MayRequest => new("waiting", l["You can ask for this", "Gallwch ofyn am hwn"]),
            Standing.MayNot => new("no", l["You cannot have this now", "Ni allwch gael hwn nawr"]),
        };
}
