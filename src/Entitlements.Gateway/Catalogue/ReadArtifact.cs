using System.Text.Json;
using Entitlements.Edge.Artifacts;
using Entitlements.Engine.Packages;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Opens an uploaded file and says what it is, once for each file; asks the operator's scanner where there is one, until that has answered.</summary>
internal sealed class ReadArtifact(EntitlementsDb db, Writes writes, FolderArtifacts artifacts, MalwareScanner scanner, TimeProvider clock)
{
    /// <summary>Two files are open at a time in this process: each takes a processor and some tens of MiB.</summary>
    private static readonly SemaphoreSlim Turns = new(2);

    /// <returns>Null where the scanner is set up and did not answer: ask again later.</returns>
    public async Task<ArtifactReadingRow?> ReadAsync(string sha256, string tenant, string actor)
    {
        var known = await db.ArtifactReadings.AsNoTracking().SingleOrDefaultAsync(r => r.Sha256 == sha256);
        if (known is not null && (known.Scan != MalwareScan.NotScanned || !scanner.IsSetUp))
        {
            return known;
        }
        var path = artifacts.PathOf(Sha256Digest.Parse(sha256));
        var scan = scanner.IsSetUp ? await scanner.ScanAsync(path) : MalwareScan.NotScanned;
        if (scan is not { } answer)
        {
            return null;
        }
        var reading = known ?? await OpenInTurnAsync(path, sha256);
        (reading.Scan, reading.ScannedAt) = (answer, answer == MalwareScan.NotScanned ? null : clock.Now());
        return await writes.RecordAsync(scope => KeepAsync(scope, reading, tenant, actor));
    }

    private async Task<ArtifactReadingRow> OpenInTurnAsync(string path, string sha256)
    {
        await Turns.WaitAsync();
        try
        {
            return await Task.Run(() => Open(path, sha256)); // some seconds for a large file that is signed
        }
        finally
        {
            Turns.Release();
        }
    }

    private ArtifactReadingRow Open(string path, string sha256)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new()
            {
                Sha256 = sha256,
                Contents = StoredJson.Write(PackageReader.Read(file)),
                ReadAt = clock.Now(),
            };
        }
        catch (PackageException refused)
        {
            return new()
            {
                Sha256 = sha256,
                Fault = refused.Fault,
                FaultDetail = refused.Message,
                ReadAt = clock.Now(),
            };
        }
    }

    /// <summary>Of two who read the same file at once the first is kept: they read the same.</summary>
    private static async Task<ArtifactReadingRow> KeepAsync(WriteScope scope, ArtifactReadingRow reading, string tenant, string actor)
    {
        await scope.AloneAsync($"artifact/{reading.Sha256}");
        if (await scope.Db.ArtifactReadings.SingleOrDefaultAsync(r => r.Sha256 == reading.Sha256) is not { } row)
        {
            scope.Db.ArtifactReadings.Add(row = reading);
        }
        else
        {
            (row.Scan, row.ScannedAt) = (reading.Scan, reading.ScannedAt);
        }
        scope.Audit(
            "artifact.read",
            tenant,
            actor,
            $"artifact/{reading.Sha256}",
            new
            {
                contents = row.Contents is null ? (JsonElement?)null : JsonElement.Parse(row.Contents),
                row.Fault,
                row.Scan,
            }
        );
        return row;
    }

    /// <summary>What was read; null where the file is no package.</summary>
    public static PackageContents? ContentsOf(ArtifactReadingRow? reading) =>
        reading?.Contents is { } json ? JsonSerializer.Deserialize<PackageContents>(json, StoredJson.Options) : null;
}
