using Entitlements.Edge.Artifacts;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>The last byte is here: the file is what was announced and becomes an artifact, or it is dropped.</summary>
internal sealed class FinishUpload(Writes writes, UploadFiles files)
{
    /// <returns>False when the bytes are not what was announced; the upload is gone then.</returns>
    public async Task<bool> FinishAsync(UploadRow upload, FileStream file)
    {
        var content = await UploadFiles.DigestAsync(file);
        if (content.Sha256.Hex != upload.Sha256 || content.Size != upload.Size)
        {
            files.Drop(upload.Id);
            await writes.RecordAsync(scope => RejectAsync(scope, upload));
            return false;
        }
        files.Keep(upload.Id, content.Sha256); // before the row: a row always has its file
        await writes.RecordAsync(scope => KeepAsync(scope, upload, content));
        return true;
    }

    private static async Task<bool> RejectAsync(WriteScope scope, UploadRow upload)
    {
        scope.Audit("upload.mismatched", upload.Tenant, upload.CallerKey, upload.Id, new { upload.Sha256 });
        return await scope.Db.Uploads.Where(u => u.Id == upload.Id).ExecuteDeleteAsync() > 0;
    }

    private static async Task<bool> KeepAsync(WriteScope scope, UploadRow upload, DigestedContent content)
    {
        if (!await scope.Db.Artifacts.AnyAsync(a => a.Sha256 == upload.Sha256))
        {
            scope.Db.Artifacts.Add(
                new()
                {
                    Sha256 = upload.Sha256,
                    Size = content.Size,
                    Blocks = content.Blocks.Bytes.ToArray(),
                }
            );
        }
        var row = await scope.Db.Uploads.SingleAsync(u => u.Id == upload.Id);
        row.CompletedAt = scope.Now;
        scope.Audit("upload.completed", upload.Tenant, upload.CallerKey, upload.Id, new { upload.Sha256, content.Size });
        return true;
    }
}
