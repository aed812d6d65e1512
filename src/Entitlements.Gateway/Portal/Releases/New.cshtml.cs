using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Releases;

/// <summary>A new version of an app: first its file, then what it is called, by what was read from the file.</summary>
internal sealed class NewModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    /// <summary>A complete upload; null while there is none.</summary>
    [BindProperty(SupportsGet = true, Name = "upload")]
    public string? UploadId { get; set; }

    /// <summary>What the file was called on the person's own machine.</summary>
    [BindProperty(SupportsGet = true, Name = "name")]
    public string? FileName { get; set; }

    /// <summary>Code of the refusal that ended the upload.</summary>
    [BindProperty(SupportsGet = true, Name = "failed")]
    public string? Failed { get; set; }

    public AppView App { get; private set; } = null!;
    public UploadView? Upload { get; private set; }

    /// <summary>The bytes are in a managed store.</summary>
    public bool IsElsewhere => App.Distribution == Distribution.ManagedStore;

    /// <summary>What it can do nobody here can read: its owner says it.</summary>
    public bool IsDeclared => IsElsewhere || (Upload?.Reading is { Package: null } && !ReleaseContents.IsRead(Form["platform"]));

    private string Here => OwnApi.Target($"/apps/{Id}/releases/new");

    protected override async Task LoadAsync()
    {
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        if (!Person.Holds(Function.AppOwner, App.Owner))
        {
            throw Nothing();
        }
        if (UploadId is not null && (Upload = await Api.FindAsync<UploadView>(OwnApi.Target($"/v1/uploads/{UploadId}"))) is not { Complete: true })
        {
            Upload = null;
            Failed ??= "upload_unknown";
        }
        if (Failed is not null && Upload is null)
        {
            Form.Fault("file", ReleaseWords.Failed(Failed, L));
        }
        Form.Suggest("file_name", FileName is not null && FileNames.IsSafe(FileName) ? FileName : "");
        if (Upload?.Reading is { Package: { } package, Platform: { } platform })
        {
            Form.Suggest("platform", platform);
            Form.Suggest("version", package.Version ?? package.Build ?? "");
        }
    }

    /// <summary>Opens the file again, where that was not done or the scanner did not answer.</summary>
    public Task<IActionResult> OnPostReadAsync() =>
        SendAsync(HttpMethod.Post, OwnApi.Target($"/v1/uploads/{UploadId}/reading"), body: null, _ => Go(Here + Query));

    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("version"))
        {
            Form.Fault("version", L["Enter the version", "Rhowch y fersiwn"]);
        }
        if (Form.IsEmpty("platform"))
        {
            Form.Fault("platform", L["Choose for which phones or computers it is", "Dewiswch ar gyfer pa ffonau neu gyfrifiaduron y mae"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var declared = Form["capabilities"].Split((char[])[' ', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var body = new
        {
            upload = UploadId,
            version = Form["version"],
            platform = Form["platform"],
            file_name = Form.Or("file_name"),
            capabilities = declared.Length > 0 || Form["nothing"] == "true" ? declared : null,
            reason = Form["reason"].ReplaceLineEndings(" "),
        };
        var answer = await Api.SendAsync(HttpMethod.Post, OwnApi.Target($"/v1/apps/{Id}/releases"), body, Form.Key);
        return answer switch
        {
            { Succeeded: true } => Go(
                $"/changes/{answer.Made}",
                L["Proposed. It is published when others have voted for it.", "Cynigiwyd. Caiff ei gyhoeddi pan fydd eraill wedi pleidleisio drosto."]
            ),
            { Problem.Code: "release_held" } => Go(
                OwnApi.Target($"/apps/{Id}/releases/{body.version}/{body.platform}"),
                L["It is laid ready, and held. This page says why.", "Mae'n barod, ac wedi'i ddal. Mae'r dudalen hon yn dweud pam."]
            ),
            _ => await RefusedAsync(answer),
        };
    }

    private string Query => OwnApi.Target($"?upload={UploadId}&name={FileName}");
}
