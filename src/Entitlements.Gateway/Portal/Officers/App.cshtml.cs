using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Devices;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Issuance;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Requests;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>One app for this person: may they have it, until when, why not, what would change that; and the download.</summary>
internal sealed class AppModel(IssueToPerson issue, DownloadPass passes, IOptions<PublicUrlOptions> url) : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public ListingView App { get; private set; } = null!;
    public IReadOnlyList<OwnDevice> Devices { get; private set; } = [];
    public IReadOnlyList<DenyReason> Reasons { get; private set; } = [];

    /// <summary>Their open request for it; null: none.</summary>
    public RequestView? Open { get; private set; }

    /// <summary>How the role that opens it is asked for; null: it cannot be, or it is.</summary>
    public RequestForm? Asking { get; private set; }

    /// <summary>The address of this page, for a phone's camera.</summary>
    public string Code => Qr.Of(url.Value.At($"/my/{Id}"));

    protected override async Task LoadAsync()
    {
        Devices = (await Api.GetAsync<Page<OwnDevice>>("/v1/my/devices")).Items;
        var device = Form.Or("device") ?? (Devices.Count > 0 ? Devices[0].Device : null);
        App = (await OwnStore.ListAsync(Api, Person, device)).FirstOrDefault(a => a.App == Id) ?? throw Nothing();
        Reasons = [.. Enum.GetValues<DenyReason>().Where(r => App.Reasons.Any(given => given.Code == r.Code))];
        Open =
            App.Standing == Standing.MayHave
                ? null
                : (await Api.GetAsync<Page<RequestView>>(OwnApi.Target($"/v1/requests?view=mine&resource={Id}&limit=5"))).Items.FirstOrDefault(r =>
                    r.Status is RequestStatus.Pending or RequestStatus.AwaitingRequester
                );
        Asking = App.Standing == Standing.MayRequest && Open is null ? await Api.FindAsync<RequestForm>(OwnApi.Target($"/v1/my/request-forms/{Id}")) : null;
    }

    /// <summary>Issues and redeems, and sends on to the bytes.</summary>
    public async Task<IActionResult> OnPostAsync()
    {
        if (Form["act"] == "refer")
        {
            return await ReferAsync();
        }
        var devices = (await Api.GetAsync<Page<OwnDevice>>("/v1/my/devices")).Items;
        var device = devices.FirstOrDefault(d => d.Device == Form["device"])?.Device;
        switch (await issue.IssueAsync(Person, Id, device, Form.Key))
        {
            case IssueOutcome.Issued { Token: { } token }:
                return await RedeemAsync(token);
            case IssueOutcome.Issued:
                return Go(
                    $"/my/{Uri.EscapeDataString(Id)}",
                    L[
                        "Recorded. Your force's device management installs it on your phone.",
                        "Cofnodwyd. Bydd rheolaeth dyfeisiau eich heddlu yn ei osod ar eich ffôn."
                    ]
                );
            case IssueOutcome.Unproven:
                return SignInAgain(IssueToPerson.OldestSignIn);
            case IssueOutcome.Refused { Judged.Decision: Decision.Deny { Reasons.Headline: var why } }:
                Form.Fault("device", Said(why));
                return await WrongAsync(StatusCodes.Status403Forbidden);
            case IssueOutcome.TooMany { RetryAfter: var wait }:
                Form.Fault(
                    "device",
                    L[
                        $"You have downloaded a lot in the last hour. Try again in {L.Span(wait)}.",
                        $"Rydych wedi lawrlwytho llawer yn yr awr ddiwethaf. Ceisiwch eto ymhen {L.Span(wait)}."
                    ]
                );
                return await WrongAsync(StatusCodes.Status429TooManyRequests);
            case IssueOutcome.Over or IssueOutcome.KeyReused:
                Form.Fault(
                    "device",
                    L[
                        "This download was already begun. Press the button again for another one.",
                        "Dechreuwyd y lawrlwythiad hwn eisoes. Pwyswch y botwm eto am un arall."
                    ]
                );
                return await WrongAsync(StatusCodes.Status409Conflict);
            default:
                throw new ProblemException(Problems.Undecidable());
        }
    }

    /// <summary>A reason in plain words.</summary>
    public string Said(DenyReason reason) => Remedies.Said(reason, L);

    /// <summary>Puts the refusal on record, for the service desk to find by its reference.</summary>
    private Task<IActionResult> ReferAsync() =>
        SendAsync(
            HttpMethod.Post,
            "/v1/my/refusals",
            Form.Or("device") is { } device ? new { app = Id, device } : new { app = Id },
            answer =>
                Go(
                    $"/my/{Uri.EscapeDataString(Id)}",
                    L[
                        $"Your reference is {answer.Made}. Tell it to your service desk within 30 days: they see why you were refused, and not who you are.",
                        $"Eich cyfeirnod yw {answer.Made}. Dywedwch ef wrth eich desg wasanaeth o fewn 30 diwrnod: gwelant pam y'ch gwrthodwyd, ond nid pwy ydych."
                    ]
                )
        );

    private async Task<IActionResult> RedeemAsync(string token)
    {
        var answer = await Api.SendAsync(HttpMethod.Post, "/v1/downloads", new { token });
        if (!answer.Succeeded)
        {
            return await RefusedAsync(answer);
        }
        passes.Give(HttpContext, Id, token);
        return LocalRedirect($"/my/{Uri.EscapeDataString(Id)}/file/{answer.Made}");
    }
}
