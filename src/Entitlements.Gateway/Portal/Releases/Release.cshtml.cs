using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Releases;

/// <summary>One version of an app: what it can do against what was assessed, whether people can have it and why not; publishing it, stopping it, opening it again.</summary>
internal sealed class ReleaseModel : PortalPage
{
    /// <summary>What can be done to it: the first two at once, the last by a change.</summary>
    private static readonly string[] Acts = ["yank", "suspend", "resume"];

    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "version")]
    public string ReleaseVersion { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "platform")]
    public string Platform { get; set; } = "";

    public AppView App { get; private set; } = null!;
    public ReleaseView Release { get; private set; } = null!;

    /// <summary>Changes about it that wait for votes.</summary>
    public IReadOnlyList<ChangeView> Waiting { get; private set; } = [];

    public bool IsOwner => Person.Holds(Function.AppOwner, App.Owner);

    /// <summary>It lies ready, nothing holds it, and nothing is proposed yet.</summary>
    public bool MayPropose => IsOwner && Waiting.Count == 0 && Release.State == "draft";

    public bool IsBarred => Release.State is "yanked" or "suspended";

    private string Target => OwnApi.Target($"/v1/apps/{Id}/releases/{ReleaseVersion}/{Platform}");
    private string Here => OwnApi.Target($"/apps/{Id}/releases/{ReleaseVersion}/{Platform}");

    protected override async Task LoadAsync()
    {
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        Release = await Api.GetAsync<ReleaseView>(Target);
        var about = $"app/{Release.App}/release/{Release.Version}/{Release.Platform}";
        var open = await Api.GetAsync<Page<ChangeView>>("/v1/changes?state=proposed&limit=100");
        Waiting = [.. open.Items.Where(c => c.Target.StartsWith(about, StringComparison.Ordinal))];
    }

    /// <summary>Proposes to publish what lies ready, as it was said to be.</summary>
    public async Task<IActionResult> OnPostPublishAsync()
    {
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
            return await WrongAsync();
        }
        var stands = await Api.GetAsync<ReleaseView>(Target);
        var body = new
        {
            version = stands.Version,
            platform = stands.Platform,
            capabilities = ReleaseContents.IsRead(stands.Platform) && stands.Sha256 is not null ? null : stands.Capabilities.Select(c => c.Name),
            reason = Form["reason"].ReplaceLineEndings(" "),
        };
        return await SendAsync(
            HttpMethod.Post,
            OwnApi.Target($"/v1/apps/{Id}/releases"),
            body,
            answer =>
                Go(
                    $"/changes/{answer.Made}",
                    L["Proposed. It is published when others have voted for it.", "Cynigiwyd. Caiff ei gyhoeddi pan fydd eraill wedi pleidleisio drosto."]
                )
        );
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var act = Form["act"];
        if (!Acts.Contains(act))
        {
            Form.Fault("act", L["Choose what to do", "Dewiswch beth i'w wneud"]);
        }
        if (Form.IsEmpty("why"))
        {
            Form.Fault("why", L["Enter why", "Rhowch pam"]);
        }
        return Form.HasErrors
            ? await WrongAsync()
            : await SendAsync(HttpMethod.Post, $"{Target}/{act}", new { reason = Form["why"].ReplaceLineEndings(" ") }, Done);
    }

    private LocalRedirectResult Done(ApiAnswer answer) =>
        Written(
            answer,
            Here,
            L["Done. It is in force everywhere.", "Wedi'i wneud. Mae mewn grym ym mhobman."],
            L["Proposed. It opens when others have voted for it.", "Cynigiwyd. Mae'n agor pan fydd eraill wedi pleidleisio drosto."]
        );
}
