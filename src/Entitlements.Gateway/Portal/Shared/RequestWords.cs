using Entitlements.Gateway.Requests;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>Where a request stands, in words and a shape.</summary>
internal sealed record RequestStanding(string Kind, string Text)
{
    public static RequestStanding Of(RequestView request, Language l) =>
        request.Status switch
        {
            RequestStatus.AwaitingRequester => new("waiting", l["Waits for the person who asked", "Yn aros am y person a ofynnodd"]),
            RequestStatus.Pending => new("waiting", l["Waits for a decision", "Yn aros am benderfyniad"]),
            RequestStatus.Granted => Granted(request, l),
            RequestStatus.Denied => new("no", l["Denied", "Gwrthodwyd"]),
            RequestStatus.Expired => new("ended", l["Nobody decided in time", "Ni phenderfynodd neb mewn pryd"]),
            RequestStatus.Withdrawn => new("ended", l["Taken back", "Tynnwyd yn ôl"]),
            RequestStatus.Superseded => new("ended", l["Replaced by a newer request", "Disodlwyd gan gais mwy newydd"]),
            RequestStatus.Voided => new("ended", l["Could not go on", "Ni allai barhau"]),
        };

    private static RequestStanding Granted(RequestView request, Language l) =>
        request.Grant?.State switch
        {
            GrantState.Active => new("yes", l["Approved, in force", "Cymeradwywyd, mewn grym"]),
            GrantState.Scheduled => new("waiting", l["Approved, not begun yet", "Cymeradwywyd, heb ddechrau eto"]),
            _ => new("ended", l["Approved, over now", "Cymeradwywyd, ar ben nawr"]),
        };
}
