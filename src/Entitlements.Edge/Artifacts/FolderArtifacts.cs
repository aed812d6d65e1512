using Microsoft.Extensions.Options;

namespace Entitlements.Edge.Artifacts;

/// <summary>Files under <c>Artifacts:Root</c>, at <c>ab/abcdef…</c>.</summary>
internal sealed class FolderArtifacts(IOptions<ArtifactOptions> options, IHostEnvironment host) : IArtifacts
{
    /// <summary>The folder, absolute; a relative setting counts from the host's content root.</summary>
    public string Root { get; } = Path.GetFullPath(options.Value.RootOrDefault, host.ContentRootPath);

    /// <summary>Where the file of that digest is or would be.</summary>
    public string PathOf(Sha256Digest digest) => Path.Combine(Root, digest.StorePath);

    public Task<Stream?> OpenAsync(Sha256Digest digest, long size, long offset, long length, CancellationToken cancel)
    {
        try
        {
            var file = new FileStream(
                PathOf(digest),
                new FileStreamOptions
                {
                    BufferSize = 0, // the reader brings a block-sized buffer of its own
                    Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                    Share = FileShare.Read | FileShare.Delete,
                }
            );
            file.Seek(offset, SeekOrigin.Begin);
            return Task.FromResult<Stream?>(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task<bool> IsReachableAsync(CancellationToken cancel) => Task.FromResult(Directory.Exists(Root));
}
