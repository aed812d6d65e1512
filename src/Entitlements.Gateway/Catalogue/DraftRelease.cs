using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What a new release is made of.</summary>
/// <param name="Upload">Id of a complete upload of the owner's; null where the bytes are in a managed store, or lie ready already.</param>
/// <param name="FileName">Offered to whoever downloads; null for one made from app and version.</param>
/// <param name="Declared">What it can do, where its bytes are not read; null: the owner said nothing.</param>
internal sealed record ReleaseDraft(
    string App,
    string Owner,
    string Version,
    string Platform,
    string? Upload,
    string? FileName,
    IReadOnlyList<string>? Declared = null
);

/// <summary>
/// Opens and reads a release, lays it ready, which reaches nobody, and submits the change that publishes it. Doing it again with the same bytes is harmless; other
/// bytes are refused, and so are bytes that are not what the release says. What its owner says that it can do may be said anew until it is published.
/// </summary>
internal sealed class DraftRelease(EntitlementsDb db, Writes writes, ReadArtifact read, ChangeDesk desk)
{
    public async Task<WriteOutcome> SubmitAsync(WriteRequest request, ReleaseDraft draft)
    {
        var app = await db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == draft.App && a.Owner == draft.Owner);
        if (app is null)
        {
            return new WriteOutcome.Refused(Weight.NotFound.Refusal!);
        }
        var upload = await UploadAsync(draft);
        if (Objection(app, draft, upload) is { } objection)
        {
            return new WriteOutcome.Refused(objection);
        }
        ArtifactReadingRow? reading = null;
        if (upload is not null)
        {
            reading = await read.ReadAsync(upload.Sha256, draft.Owner, request.Caller.Key);
            if (ReleaseContents.ObjectionTo(app, draft, reading) is { } hostile)
            {
                return new WriteOutcome.Refused(hostile);
            }
        }
        var capabilities = ReleaseContents.CapabilitiesOf(draft, reading);
        capabilities = await writes.RecordAsync(scope => KeepAsync(scope, request, draft, upload, capabilities));
        return await desk.SubmitAsync(
            request,
            new PublishRelease(draft.App, draft.Owner, draft.Version, draft.Platform, upload?.Sha256) { Capabilities = capabilities }
        );
    }

    /// <summary>The one that is named; else one of the bytes that lie ready.</summary>
    private Task<UploadRow?> UploadAsync(ReleaseDraft draft) =>
        draft.Upload is not null
            ? db.Uploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == draft.Upload && u.Tenant == draft.Owner)
            : db
                .Uploads.AsNoTracking()
                .Where(u =>
                    u.Tenant == draft.Owner
                    && u.CompletedAt != null
                    && db.Releases.Any(r => r.App == draft.App && r.ReleaseVersion == draft.Version && r.Platform == draft.Platform && r.Sha256 == u.Sha256)
                )
                .OrderBy(u => u.Id)
                .FirstOrDefaultAsync();

    /// <summary>From here to the end of this write nobody lays a release of the app ready, or says anew what one can do.</summary>
    public static Task AloneAsync(WriteScope scope, string app) => scope.AloneAsync($"releases-of/{app}");

    /// <returns>What it can do, by that and by what device management has seen.</returns>
    private static async Task<IReadOnlyList<string>> KeepAsync(
        WriteScope scope,
        WriteRequest request,
        ReleaseDraft draft,
        UploadRow? upload,
        IReadOnlyList<string> capabilities
    )
    {
        await AloneAsync(scope, draft.App);
        var release = await scope.Db.Releases.SingleOrDefaultAsync(r =>
            r.App == draft.App && r.ReleaseVersion == draft.Version && r.Platform == draft.Platform
        );
        capabilities = release is { Seen.Count: > 0 } ? [.. capabilities.Union(release.Seen).Order(StringComparer.Ordinal)] : capabilities;
        if (
            release is { PublishedAt: not null }
            || (release is not null && (release.Sha256 != upload?.Sha256 || release.Capabilities.SequenceEqual(capabilities)))
        )
        {
            return scope.Abandon(capabilities); // publishing says what is wrong, if anything is
        }
        if (release is null)
        {
            scope.Db.Releases.Add(
                release = new()
                {
                    App = draft.App,
                    ReleaseVersion = draft.Version,
                    Platform = draft.Platform,
                    Sha256 = upload?.Sha256,
                    FileName = upload is null ? null : draft.FileName ?? $"{draft.App}-{draft.Version}",
                }
            );
        }
        else
        {
            release.Version++; // said anew before it is published: an open change is of what was said before
        }
        release.Capabilities = [.. capabilities];
        scope.Audit(
            "release.drafted",
            draft.Owner,
            request.Caller.Key,
            $"app/{draft.App}/release/{draft.Version}/{draft.Platform}",
            new
            {
                release.Sha256,
                release.FileName,
                capabilities,
            }
        );
        return capabilities;
    }

    private static Refusal? Objection(AppRow app, ReleaseDraft draft, UploadRow? upload) =>
        app.Distribution switch
        {
            Distribution.ManagedStore when draft.Upload is not null || draft.FileName is not null => new(
                "bytes_elsewhere",
                "This app is distributed by a managed store: leave out upload and file_name.",
                StatusCodes.Status400BadRequest
            ),
            Distribution.ManagedStore when draft.Declared is null => Undeclared,
            Distribution.ManagedStore => null,
            Distribution.Artifact when draft.Upload is null && upload is null => new(
                "upload_required",
                "Name the upload that holds this release's bytes.",
                StatusCodes.Status400BadRequest
            ),
            Distribution.Artifact when upload is null => new("upload_unknown", "There is no such upload here.", StatusCodes.Status409Conflict),
            Distribution.Artifact when upload!.CompletedAt is null => new("upload_incomplete", "The upload is not complete.", StatusCodes.Status409Conflict),
            Distribution.Artifact when draft.Declared is not null && ReleaseContents.IsRead(draft.Platform) => new(
                "capabilities_read",
                "What an Android or iOS package can do is read from it: leave out capabilities.",
                StatusCodes.Status400BadRequest
            ),
            Distribution.Artifact when app.HighRisk && draft.Declared is null && !ReleaseContents.IsRead(draft.Platform) => Undeclared,
            Distribution.Artifact => null,
        };

    private static Refusal Undeclared { get; } =
        new(
            "capabilities_required",
            "Nothing here reads what this release can do: say it in capabilities, by the platform's own names.",
            StatusCodes.Status400BadRequest
        );
}
