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
        if ((upload.Sha256.Length > 0 && content.Sha256.Hex != upload.Sha256) || content.Size != upload.Size)
        {
            await DropAsync(upload, "upload.mismatched");
            return false;
        }
        upload.Sha256 = content.Sha256.Hex;
        files.Keep(upload.Id, content.Sha256); // before the row: a row always has its file
        await writes.RecordAsync(scope => KeepAsync(scope, upload, content));
        return true;
    }

    /// <summary>The upload is gone, with what arrived of it.</summary>
    /// <param name="happened">As the record says it.</param>
    public Task<bool> DropAsync(UploadRow upload, string happened)
    {
        files.Drop(upload.Id);
        return writes.RecordAsync(async scope =>
        {
            scope.Audit(happened, upload.Tenant, upload.CallerKey, upload.Id, new { upload.Sha256 });
            return await scope.Db.Uploads.Where(u => u.Id == upload.Id).ExecuteDeleteAsync() > 0;
        });
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
        (row.Sha256, row.Size, row.CompletedAt) = (upload.Sha256, content.Size, scope.Now);
        scope.Audit("upload.completed", upload.Tenant, upload.CallerKey, upload.Id, new { upload.Sha256, content.Size });
        return true;
    }
}
