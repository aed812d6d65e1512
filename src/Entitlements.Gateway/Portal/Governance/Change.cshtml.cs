using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>One change as its voters are shown it: what it would do, whom it reaches before and after, who has said what; and the vote, for which the number is typed.</summary>
internal sealed class ChangeModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "change")]
    public string Id { get; set; } = "";

    public ChangeView Change { get; private set; } = null!;

    /// <summary>Who gains and who loses; null where the reader is not told.</summary>
    public AudiencePage? Audience { get; private set; }

    /// <summary>One of those whose vote is open is of this person's.</summary>
    public bool MayVote => Change.State == ChangeState.Proposed && Change.Proposer != Person.HumanId && Change.QuorumOpen.Any(Person.Functions.Contains);

    public bool IsMine => Change.State == ChangeState.Proposed && Change.Proposer == Person.HumanId;

    /// <summary>What would be written, member by member.</summary>
    public IEnumerable<(string Label, IReadOnlyList<string> Lines)> Members => AlterationWords.Of(Change.Alteration, L, Now);

    /// <summary>The reader wants it tried out: that takes a moment.</summary>
    [BindProperty(SupportsGet = true, Name = "try")]
    public bool IsTried { get; set; }

    /// <summary>Who asked lately and would hear otherwise; null where it was not tried, or cannot be.</summary>
    public DryRunPage? DryRun { get; private set; }

    protected override async Task LoadAsync()
    {
        Change = await Api.GetAsync<ChangeView>(OwnApi.Target($"/v1/changes/{Id}"));
        Audience = await Api.FindAsync<AudiencePage>(OwnApi.Target($"/v1/changes/{Id}/audience?limit=100"));
        DryRun = IsTried ? await Api.FindAsync<DryRunPage>(OwnApi.Target($"/v1/changes/{Id}/dry-run?limit=100")) : null;
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var change = await Api.GetAsync<ChangeView>(OwnApi.Target($"/v1/changes/{Id}"));
        var rejects = Form["vote"] == "reject";
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        var typed = int.TryParse(Form["audience/after"], NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var after);
        if (!rejects && (!typed || after != change.Audience.After))
        {
            Form.Fault(
                "audience/after",
                Form.IsEmpty("audience/after")
                    ? L["Type how many people could have it after the change", "Teipiwch faint o bobl allai ei gael ar ôl y newid"]
                    : L["That is not the number shown above. Read it again.", "Nid dyna'r rhif a ddangosir uchod. Darllenwch ef eto."]
            );
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var body = new
        {
            vote = rejects ? "reject" : "approve",
            hash = Form["hash"], // of what stood on the page
            audience = new { before = Number("before"), after = rejects ? Number("after") : after },
            reason = Form["reason"].ReplaceLineEndings(" "),
        };
        return await SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/changes/{Id}/votes"),
            body,
            _ =>
                Go(
                    $"/changes/{Uri.EscapeDataString(Id)}",
                    rejects ? L["You rejected the change", "Gwrthodasoch y newid"] : L["Your vote counts", "Mae'ch pleidlais yn cyfrif"]
                )
        );
    }

    public async Task<IActionResult> OnPostWithdrawAsync()
    {
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/changes/{Id}/withdraw"),
            new { reason = Form["reason"].ReplaceLineEndings(" ") },
            _ => Go($"/changes/{Uri.EscapeDataString(Id)}", L["Taken back", "Tynnwyd yn ôl"])
        );
    }

    private int Number(string field) => int.TryParse(Form[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
