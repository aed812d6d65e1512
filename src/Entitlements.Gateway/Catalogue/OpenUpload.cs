using System.Security.Cryptography;
using Entitlements.Edge.Artifacts;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Opens an upload for one file, pinned to its size, and to its digest where that is known. Bytes must come whether or not the file is known: knowing a digest proves nothing.</summary>
internal sealed class OpenUpload(Writes writes, UploadFiles files, IOptions<UploadOptions> options, IOptions<ArtifactOptions> artifacts)
{
    /// <param name="sha256">Null where the caller does not know it: it is what the bytes will come to.</param>
    public async Task<(UploadRow? Upload, Refusal? Refusal)> OpenAsync(Caller caller, string tenant, string? sha256, long size)
    {
        if (artifacts.Value.IsOrigin)
        {
            return (null, new("artifacts_elsewhere", "The artifacts are behind an origin that this host cannot write to.", StatusCodes.Status409Conflict));
        }
        if (size > options.Value.Limit)
        {
            return (
                null,
                new("too_large", FormattableString.Invariant($"A file has at most {options.Value.Limit} bytes here."), StatusCodes.Status413PayloadTooLarge)
            );
        }
        return await writes.RecordAsync<(UploadRow?, Refusal?)>(async scope =>
        {
            await TidyAsync(scope);
            var open = await scope.Db.Uploads.AsNoTracking().Where(u => u.CompletedAt == null).ToListAsync();
            if (open.Count(u => u.Tenant == tenant) >= options.Value.OpenPerTenant)
            {
                return (
                    null,
                    new(
                        "too_many_uploads",
                        "The tenant has as many uploads open as it may: finish one, or wait until one expires.",
                        StatusCodes.Status409Conflict
                    )
                );
            }
            var owed = open.Sum(u => Math.Max(0, u.Size - files.OffsetOf(u.Id)));
            if (files.FreeBytes() - owed - options.Value.Spare < size)
            {
                return (null, new("no_space", "There is no space for this file now.", StatusCodes.Status507InsufficientStorage));
            }
            var upload = new UploadRow
            {
                Id = $"upl_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}",
                Tenant = tenant,
                CallerKey = caller.Key,
                Sha256 = sha256 ?? "",
                Size = size,
                CreatedAt = scope.Now,
            };
            scope.Db.Uploads.Add(upload);
            scope.Audit("upload.opened", tenant, caller.Key, upload.Id, new { sha256, size });
            return (upload, null);
        });
    }

    /// <summary>Removes uploads that nobody finished in time.</summary>
    private async Task TidyAsync(WriteScope scope)
    {
        var due = scope.Now - options.Value.Patience;
        foreach (var upload in await scope.Db.Uploads.Where(u => u.CompletedAt == null && u.CreatedAt < due).ToListAsync())
        {
            files.Drop(upload.Id);
            scope.Db.Uploads.Remove(upload);
            scope.Audit("upload.expired", upload.Tenant, "machine:entitlements", upload.Id);
        }
        await scope.Db.SaveChangesAsync();
    }
}
