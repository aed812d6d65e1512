using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>What a new release is made of.</summary>
/// <param name="Upload">Id of a complete upload of the owner's; null where the bytes are in a managed store.</param>
/// <param name="FileName">Offered to whoever downloads; null for one made from app and version.</param>
internal sealed record ReleaseDraft(string App, string Owner, string Version, string Platform, string? Upload, string? FileName);

/// <summary>Lays a release ready, which reaches nobody, and submits the change that publishes it. Doing it again with the same bytes is harmless; other bytes are refused.</summary>
internal sealed class DraftRelease(Writes writes, ChangeDesk desk)
{
    public async Task<WriteOutcome> SubmitAsync(WriteRequest request, ReleaseDraft draft)
    {
        var (refusal, sha256) = await writes.RecordAsync(scope => DraftAsync(scope, request, draft));
        return refusal is null
            ? await desk.SubmitAsync(request, new PublishRelease(draft.App, draft.Owner, draft.Version, draft.Platform, sha256))
            : new WriteOutcome.Refused(refusal);
    }

    private static async Task<(Refusal? Refusal, string? Sha256)> DraftAsync(WriteScope scope, WriteRequest request, ReleaseDraft draft)
    {
        var app = await scope.Db.Apps.AsNoTracking().SingleOrDefaultAsync(a => a.Type == Resource.App && a.Id == draft.App && a.Owner == draft.Owner);
        if (app is null)
        {
            return scope.Abandon((Weight.NotFound.Refusal, (string?)null));
        }
        var upload = draft.Upload is null
            ? null
            : await scope.Db.Uploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == draft.Upload && u.Tenant == draft.Owner);
        if (Objection(app, draft, upload) is { } objection)
        {
            return scope.Abandon(((Refusal?)objection, (string?)null));
        }
        if (await scope.Db.Releases.AnyAsync(r => r.App == draft.App && r.ReleaseVersion == draft.Version && r.Platform == draft.Platform))
        {
            return scope.Abandon(((Refusal?)null, upload?.Sha256)); // publishing compares the bytes
        }
        var release = new ReleaseRow
        {
            App = draft.App,
            ReleaseVersion = draft.Version,
            Platform = draft.Platform,
            Sha256 = upload?.Sha256,
            FileName = upload is null ? null : draft.FileName ?? $"{draft.App}-{draft.Version}",
        };
        scope.Db.Releases.Add(release);
        scope.Audit(
            "release.drafted",
            draft.Owner,
            request.Caller.Key,
            $"app/{draft.App}/release/{draft.Version}/{draft.Platform}",
            new { release.Sha256, release.FileName }
        );
        return (null, upload?.Sha256);
    }

    private static Refusal? Objection(AppRow app, ReleaseDraft draft, UploadRow? upload) =>
        app.Distribution switch
        {
            Distribution.ManagedStore when draft.Upload is not null || draft.FileName is not null => new(
                "bytes_elsewhere",
                "This app is distributed by a managed store: leave out upload and file_name.",
                StatusCodes.Status400BadRequest
            ),
            Distribution.ManagedStore => null,
            Distribution.Artifact when draft.Upload is null => new(
                "upload_required",
                "Name the upload that holds this release's bytes.",
                StatusCodes.Status400BadRequest
            ),
            Distribution.Artifact when upload is null => new("upload_unknown", "There is no such upload here.", StatusCodes.Status409Conflict),
            Distribution.Artifact when upload!.CompletedAt is null => new("upload_incomplete", "The upload is not complete.", StatusCodes.Status409Conflict),
            Distribution.Artifact => null,
        };
}
