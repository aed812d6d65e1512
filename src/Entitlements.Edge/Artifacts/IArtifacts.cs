namespace Entitlements.Edge.Artifacts;

/// <summary>Release files by digest: a folder, or an HTTP origin. Neither is trusted; the reader checks every block.</summary>
internal interface IArtifacts
{
    /// <summary>Opens bytes <paramref name="offset"/> to <paramref name="offset"/> + <paramref name="length"/> of a file that is
    /// <paramref name="size"/> bytes long. The stream may end early or hold other bytes: what it yields is a claim.</summary>
    /// <returns>Null when the store cannot give that file now.</returns>
    Task<Stream?> OpenAsync(Sha256Digest digest, long size, long offset, long length, CancellationToken cancel);

    /// <summary>Whether the store answers at all. Asked before a token is spent, so that a lost store does not cost anyone a download.</summary>
    Task<bool> IsReachableAsync(CancellationToken cancel);
}
