using System.Security.Cryptography;
using System.Text;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Demonstration;

/// <summary>The demonstration's apps: owned by Northvale, adopted by Southmere. The artifacts are small packages made here.</summary>
internal sealed class DemonstrationApps(
    DemonstrationDesk desk,
    OpenUpload opening,
    UploadFiles files,
    FinishUpload finishing,
    DraftRelease drafting,
    RespondToGuidance guidance
)
{
    public const string CallRecorder = "call-recorder";
    public const string CrisisLine = "crisis-line";
    public const string PocketNotebook = "pocket-notebook";
    public const string DutyRoster = "duty-roster";

    private const string Owner = "northvale";

    /// <summary>What the recorder can do, and what the assessments cover.</summary>
    public static IReadOnlyList<string> RecorderCapabilities { get; } =
    ["android.permission.FOREGROUND_SERVICE", "android.permission.READ_PHONE_STATE", "android.permission.RECORD_AUDIO"];

    /// <summary>Drafts, which nobody can have.</summary>
    public async Task DraftAsync()
    {
        var owner = await desk.PersonAsync($"{Owner}-app-owner");
        await desk.DoAsync(owner, Artifact(CallRecorder, "Call recorder", highRisk: true));
        await desk.DoAsync(owner, Artifact(PocketNotebook, "Pocket notebook", highRisk: false));
        await desk.DoAsync(owner, Artifact(DutyRoster, "Duty roster", highRisk: false));
        await desk.DoAsync(
            owner,
            new SetApp(
                Resource.App,
                CrisisLine,
                Owner,
                "Crisis line",
                Distribution.ManagedStore,
                "uk.northvale.crisisline",
                new string('c', 64),
                Visibility.Listed,
                false,
                false,
                null
            )
        );
    }

    /// <summary>First releases: read, and published by votes before any rule opens them.</summary>
    public async Task PublishAsync()
    {
        var (owner, approver, dpo) = (
            await desk.PersonAsync($"{Owner}-app-owner"),
            await desk.PersonAsync($"{Owner}-approver-1"),
            await desk.PersonAsync($"{Owner}-dpo")
        );
        await ReleaseAsync(owner, CallRecorder, "1.4.2", RecorderCapabilities, approver, dpo);
        await ReleaseAsync(owner, PocketNotebook, "3.0.0", [], approver);
        await ReleaseAsync(owner, DutyRoster, "2.1.0", [], approver);
        await ProposeAsync(new(CrisisLine, Owner, "5.0.1", "android", Upload: null, FileName: null, ["android.permission.INTERNET"]), owner, approver);
    }

    /// <summary>Another force takes the apps up; that opens them to nobody.</summary>
    public async Task AdoptAsync(string tenant)
    {
        var owner = await desk.PersonAsync($"{tenant}-app-owner");
        foreach (var app in new[] { CallRecorder, CrisisLine, PocketNotebook, DutyRoster })
        {
            await desk.DoAsync(owner, new AdoptApp(app, tenant));
        }
    }

    public async Task AcceptAsync(Caller person, SetGuidance accepted) =>
        DemonstrationDesk.Expect<WriteOutcome.Done>(
            await guidance.AcceptAsync(
                DemonstrationDesk.Because(person),
                accepted.App,
                accepted.Tenant,
                accepted.TextVersion,
                [.. accepted.Questions.Select(q => q.Right)]
            ),
            accepted.App
        );

    private static SetApp Artifact(string id, string name, bool highRisk) =>
        new(Resource.App, id, Owner, name, Distribution.Artifact, PackageOf(id), null, Visibility.Listed, highRisk, PersonProof: highRisk, null);

    private async Task ReleaseAsync(Caller owner, string app, string version, IReadOnlyList<string> capabilities, params Caller[] voters)
    {
        var upload = await UploadAsync(owner, Package(app, version, capabilities));
        await ProposeAsync(new(app, Owner, version, "android", upload, $"{app}-{version}.apk"), owner, voters);
    }

    private async Task ProposeAsync(ReleaseDraft draft, Caller owner, params Caller[] voters)
    {
        var outcome = await drafting.SubmitAsync(DemonstrationDesk.Because(owner), draft);
        await desk.VoteAsync(DemonstrationDesk.Expect<WriteOutcome.Proposed>(outcome, draft.App).Change, voters);
    }

    private async Task<string> UploadAsync(Caller owner, byte[] archive)
    {
        var (upload, refusal) = await opening.OpenAsync(owner, Owner, Convert.ToHexStringLower(SHA256.HashData(archive)), archive.Length);
        if (upload is null)
        {
            throw new InvalidOperationException($"The demonstration's artifact was refused: {refusal!.Detail}");
        }
        await using var file = files.TryOpen(upload.Id) ?? throw new InvalidOperationException("The demonstration's upload is in use.");
        await file.WriteAsync(archive);
        return await finishing.FinishAsync(upload, file) ? upload.Id : throw new InvalidOperationException("The demonstration's artifact is not what it was.");
    }

    private static byte[] Package(string app, string version, IReadOnlyList<string> capabilities) =>
        DemonstrationPackage.Make(
            PackageOf(app),
            version,
            capabilities,
            Encoding.UTF8.GetBytes($"{app} {version}: a stand-in for an Android package, made for the demonstration.\n")
        );

    private static string PackageOf(string app) => $"uk.northvale.{app.Replace("-", "", StringComparison.Ordinal)}";
}
