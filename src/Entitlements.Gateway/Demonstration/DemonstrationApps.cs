using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Demonstration;

/// <summary>The demonstration's apps: owned by Northvale, adopted by Southmere. The artifacts are small archives made here.</summary>
internal sealed class DemonstrationApps(
    DemonstrationDesk desk,
    OpenUpload opening,
    UploadFiles files,
    FinishUpload finishing,
    DraftRelease drafting,
    AcceptGuidance guidance
)
{
    public const string CallRecorder = "call-recorder";
    public const string CrisisLine = "crisis-line";
    public const string PocketNotebook = "pocket-notebook";
    public const string DutyRoster = "duty-roster";

    private const string Owner = "northvale";

    /// <summary>Drafts, then first releases: published by votes before any rule opens them.</summary>
    public async Task PublishAsync()
    {
        var (owner, approver, dpo) = (
            await desk.PersonAsync($"{Owner}-app-owner"),
            await desk.PersonAsync($"{Owner}-approver-1"),
            await desk.PersonAsync($"{Owner}-dpo")
        );
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
        await ReleaseAsync(owner, CallRecorder, "1.4.2", bytes: true, approver, dpo);
        await ReleaseAsync(owner, PocketNotebook, "3.0.0", bytes: true, approver);
        await ReleaseAsync(owner, DutyRoster, "2.1.0", bytes: true, approver);
        await ReleaseAsync(owner, CrisisLine, "5.0.1", bytes: false, approver);
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

    public async Task AcceptAsync(Caller person, string app, string tenant, int version) =>
        DemonstrationDesk.Expect<WriteOutcome.Done>(await guidance.AcceptAsync(DemonstrationDesk.Because(person), app, tenant, version), app);

    private static SetApp Artifact(string id, string name, bool highRisk) =>
        new(
            Resource.App,
            id,
            Owner,
            name,
            Distribution.Artifact,
            $"uk.northvale.{id.Replace("-", "", StringComparison.Ordinal)}",
            null,
            Visibility.Listed,
            highRisk,
            PersonProof: highRisk,
            null
        );

    private async Task ReleaseAsync(Caller owner, string app, string version, bool bytes, params Caller[] voters)
    {
        var upload = bytes ? await UploadAsync(owner, Archive(app, version)) : null;
        var outcome = await drafting.SubmitAsync(
            DemonstrationDesk.Because(owner),
            new(app, Owner, version, "android", upload, bytes ? $"{app}-{version}.apk" : null)
        );
        await desk.VoteAsync(DemonstrationDesk.Expect<WriteOutcome.Proposed>(outcome, app).Change, voters);
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

    /// <summary>A small archive, the same at every start.</summary>
    private static byte[] Archive(string app, string version)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            var entry = zip.CreateEntry("README.txt");
            entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var text = entry.Open();
            text.Write(Encoding.UTF8.GetBytes($"{app} {version}: a stand-in for an Android package, made for the demonstration.\n"));
        }
        return bytes.ToArray();
    }
}
