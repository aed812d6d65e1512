using System.Globalization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Rotas;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Approvers;

/// <summary>One rota: who is on duty, whose the coming shifts are; passing one's own on, and, by hand, putting somebody on duty or taking them off.</summary>
internal sealed class RotaModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "rota")]
    public string Id { get; set; } = "";

    public RotaView Rota { get; private set; } = null!;
    public OnDutyView OnDuty { get; private set; } = null!;

    /// <summary>Null where this person may not know whose they are.</summary>
    public Page<ShiftView>? Shifts { get; private set; }
    public IReadOnlyList<SwapView> Swaps { get; private set; } = [];

    /// <summary>Stretches of theirs that they may pass on.</summary>
    public IReadOnlyList<ShiftView> Mine { get; private set; } = [];

    public bool MayPut => Person.Holds(Function.RoleAdmin, Rota.Tenant);

    private string Target => OwnApi.Target($"/v1/rotas/{Id}");
    private string Here => $"/rotas/{Uri.EscapeDataString(Id)}";

    protected override async Task LoadAsync()
    {
        Rota = await Api.GetAsync<RotaView>(Target);
        OnDuty = await Api.GetAsync<OnDutyView>($"{Target}/on-duty");
        Shifts = await Api.FindAsync<Page<ShiftView>>(After($"{Target}/shifts?limit=50"));
        Swaps = (await Api.FindAsync<Page<SwapView>>($"{Target}/swaps?limit=50"))?.Items ?? [];
        Mine = (await Api.FindAsync<Page<ShiftView>>($"{Target}/shifts?limit=50&mine=true"))?.Items ?? [];
    }

    /// <summary>Offers one of one's own shifts to somebody else of the pool.</summary>
    public async Task<IActionResult> OnPostOfferAsync()
    {
        Require("shift", L["Choose the shift", "Dewiswch y shifft"]);
        Require("to", L["Enter who is to take it", "Rhowch pwy sydd i'w chymryd"]);
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(
                HttpMethod.Post,
                $"{Target}/swaps",
                new
                {
                    shift = long.TryParse(Form["shift"], NumberStyles.None, CultureInfo.InvariantCulture, out var shift) ? shift : 0,
                    to = Form["to"],
                    reason = Form.Or("why")?.ReplaceLineEndings(" "),
                },
                _ => Go(Here, L["Offered. It stays yours until they take it.", "Cynigiwyd. Chi sydd piau hi nes iddynt ei chymryd."])
            );
    }

    /// <summary>Takes, declines or takes back an offer, as the button says.</summary>
    public Task<IActionResult> OnPostAnswerAsync() =>
        SendAsync(
            HttpMethod.Post,
            Target + OwnApi.Target($"/swaps/{Form["swap"]}/{Form["answer"]}"),
            new { },
            _ =>
                Go(
                    Here,
                    Form["answer"] == "accept"
                        ? L["Taken. You are on duty then.", "Cymerwyd. Chi sydd ar ddyletswydd bryd hynny."]
                        : L["Done. The shift stays where it was.", "Wedi'i wneud. Mae'r shifft yn aros lle'r oedd."]
                )
        );

    /// <summary>Puts somebody on duty by hand.</summary>
    public async Task<IActionResult> OnPostPutAsync()
    {
        Require("shifts/0/subject", L["Enter who is on duty", "Rhowch pwy sydd ar ddyletswydd"]);
        var from = WallTime("from", L["Enter a real first day, such as 27 3 2027", "Rhowch ddiwrnod cyntaf go iawn, fel 27 3 2027"]);
        var until = WallTime("until", L["Enter a real last day, such as 28 3 2027", "Rhowch ddiwrnod olaf go iawn, fel 28 3 2027"]);
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var shift = new
        {
            subject = Form["shifts/0/subject"],
            from,
            until,
        };
        var answer = await Api.SendAsync(HttpMethod.Post, $"{Target}/shifts?mode=partial", new { shifts = new[] { shift } }, Form.Key);
        if (!answer.Succeeded)
        {
            return await RefusedAsync(answer);
        }
        var fed = answer.Read<FeedAnswer>();
        if (fed.Unmatched > 0)
        {
            Form.Fault("shifts/0/subject", L["Nobody of that id is on record", "Nid oes neb â'r rhif hwnnw ar gofnod"]);
            return await WrongAsync(StatusCodes.Status409Conflict);
        }
        return Go(
            Here,
            fed.OutsidePool == 0
                ? L["Put on the rota.", "Rhoddwyd ar y rota."]
                : L[
                    "Put on the rota, but they do not hold its role: they are on duty only while they do.",
                    "Rhoddwyd ar y rota, ond nid ydynt yn dal ei rôl: maent ar ddyletswydd dim ond tra byddant."
                ]
        );
    }

    /// <summary>Ends a shift at once.</summary>
    public Task<IActionResult> OnPostEndAsync() =>
        SendAsync(
            HttpMethod.Delete,
            Target + OwnApi.Target($"/shifts/{Form["ended"]}?reason={L["Ended on the rota's page", "Daeth i ben ar dudalen y rota"]}"),
            body: null,
            _ => Go(Here, L["Ended. Nobody is on duty by it any more.", "Daeth i ben. Nid oes neb ar ddyletswydd drwyddi mwyach."])
        );

    private void Require(string field, string error)
    {
        if (Form.IsEmpty(field))
        {
            Form.Fault(field, error);
        }
    }

    /// <summary>As the rota's own clock reads it; empty, with the fault at its field, where it is none.</summary>
    private string WallTime(string end, string noDay)
    {
        var (day, time) = (Form.Date($"{end}_day"), Form.Time($"shifts/0/{end}"));
        if (day is null)
        {
            Form.Fault($"{end}_day", noDay);
        }
        if (time is null)
        {
            Form.Fault($"shifts/0/{end}", L["Enter a time, such as 18:00", "Rhowch amser, fel 18:00"]);
        }
        return string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}T{time:HH:mm}");
    }
}
