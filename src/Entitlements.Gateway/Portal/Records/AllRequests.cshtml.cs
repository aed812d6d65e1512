using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>All requests of the force, decided and undecided, for those who look after its people or audit it.</summary>
internal sealed class AllRequestsModel : PortalPage
{
    public Page<RequestView> Requests { get; private set; } = new([], null);

    /// <summary>Only those that stand so.</summary>
    [BindProperty(SupportsGet = true, Name = "status")]
    public string? Status { get; set; }

    /// <summary>Only those of this person.</summary>
    [BindProperty(SupportsGet = true, Name = "subject")]
    public string? Subject { get; set; }

    /// <summary>Only those whose reason or ticket has these words.</summary>
    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Words { get; set; }

    /// <summary>The API's words for where a request stands, and the page's.</summary>
    public IEnumerable<(string Value, string Text)> Statuses =>
        [
            ("", L["Any", "Unrhyw un"]),
            ("pending", L["Waits for a decision", "Yn aros am benderfyniad"]),
            ("awaiting_requester", L["Waits for the person who asked", "Yn aros am y person a ofynnodd"]),
            ("granted", L["Approved", "Cymeradwywyd"]),
            ("denied", L["Denied", "Gwrthodwyd"]),
            ("expired", L["Nobody decided in time", "Ni phenderfynodd neb mewn pryd"]),
            ("withdrawn", L["Taken back", "Tynnwyd yn ôl"]),
            ("superseded", L["Replaced by a newer request", "Disodlwyd gan gais mwy newydd"]),
            ("voided", L["Could not go on", "Ni allai barhau"]),
        ];

    protected override async Task LoadAsync()
    {
        Form.Suggest("status", Status ?? "");
        Form.Suggest("subject", Subject ?? "");
        Form.Suggest("q", Words ?? "");
        var target = "/v1/requests?view=all&limit=50";
        foreach (var (name, value) in new[] { ("status", Status), ("subject", Subject), ("q", Words) })
        {
            target += string.IsNullOrWhiteSpace(value) ? "" : $"&{name}={Uri.EscapeDataString(value.Trim())}";
        }
        var answer = await Api.SendAsync(HttpMethod.Get, After(target));
        if (answer.Status == StatusCodes.Status400BadRequest)
        {
            Form.Fault("q", L["Look for something else: up to 100 characters on one line", "Chwiliwch am rywbeth arall: hyd at 100 nod ar un llinell"]);
            return;
        }
        Requests = answer.ReadOrThrow<Page<RequestView>>();
    }
}
