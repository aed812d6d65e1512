using System.IO.Pipelines;
using Entitlements.Edge.Artifacts;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Bytes of uploads under way, beside the artifacts they become, so that a finished one moves there in one step.</summary>
internal sealed class UploadFiles(FolderArtifacts artifacts)
{
    /// <summary>Never the two hex digits of an artifact's folder.</summary>
    private string Folder => Path.Combine(artifacts.Root, "incoming");

    /// <summary>Bytes received so far: the file's own length, so that nothing can disagree with it.</summary>
    public long OffsetOf(string id) => new FileInfo(PathOf(id)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Free bytes on the disk that holds the artifacts.</summary>
    public long FreeBytes()
    {
        Directory.CreateDirectory(Folder);
        return new DriveInfo(Folder).AvailableFreeSpace;
    }

    /// <summary>Opens the file for this writer alone; null while another has it.</summary>
    public FileStream? TryOpen(string id)
    {
        Directory.CreateDirectory(Folder);
        try
        {
            return new(
                PathOf(id),
                new FileStreamOptions
                {
                    Access = FileAccess.ReadWrite,
                    Mode = FileMode.OpenOrCreate,
                    Share = FileShare.None,
                    Options = FileOptions.Asynchronous,
                    BufferSize = 0, // the reader's own buffers are written
                }
            );
        }
        catch (IOException) when (File.Exists(PathOf(id)))
        {
            return null;
        }
    }

    /// <summary>Appends at most <paramref name="expected"/> bytes, in constant memory. What arrived stays when the sender goes away.</summary>
    /// <returns>False when the sender sent more: nothing of it is kept.</returns>
    public static async Task<bool> AppendAsync(FileStream file, PipeReader body, long expected, CancellationToken cancellation)
    {
        var start = file.Length;
        file.Position = start;
        for (long written = 0; ; )
        {
            var read = await ReadAsync(body, cancellation);
            if (read.Buffer.Length > expected - written)
            {
                body.AdvanceTo(read.Buffer.End);
                file.SetLength(start);
                return false;
            }
            foreach (var part in read.Buffer)
            {
                await file.WriteAsync(part, CancellationToken.None);
            }
            written += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return true;
            }
        }
    }

    /// <summary>What breaks off is the sender's fault; what cannot be written is ours.</summary>
    private static async Task<ReadResult> ReadAsync(PipeReader body, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(cancellation);
        }
        catch (IOException fault) when (fault is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The body breaks off.", fault);
        }
    }

    /// <summary>Reads the whole file once and says what it is.</summary>
    public static async Task<DigestedContent> DigestAsync(FileStream file)
    {
        file.Flush(flushToDisk: true);
        file.Position = 0;
        return await BlockDigests.ComputeAsync(file, CancellationToken.None);
    }

    /// <summary>Puts a checked file where its digest says, in one step, over whatever was there.</summary>
    public void Keep(string id, Sha256Digest digest)
    {
        var target = artifacts.PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(PathOf(id), target, overwrite: true);
    }

    public void Drop(string id)
    {
        if (File.Exists(PathOf(id))) // nothing may have arrived, and then there may be no folder either
        {
            File.Delete(PathOf(id));
        }
    }

    private string PathOf(string id) => Path.Combine(Folder, id);
}
