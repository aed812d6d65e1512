using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Entitlements.Edge.Artifacts;

/// <summary>SHA-256 of every 1 MiB block of a file, made once when the file came in, asked before any byte goes out.</summary>
internal sealed class BlockDigests
{
    /// <summary>Block length in bytes; the last block of a file may be shorter.</summary>
    public const int BlockSize = 1024 * 1024;

    private readonly byte[] _digests;

    private BlockDigests(byte[] digests) => _digests = digests;

    public int Count => _digests.Length / SHA256.HashSizeInBytes;

    /// <summary>The digests one after the other, 32 bytes each: what is stored and sent to edges.</summary>
    public ReadOnlySpan<byte> Bytes => _digests;

    /// <summary>How many blocks a file of <paramref name="size"/> bytes has.</summary>
    public static long CountFor(long size) => (size / BlockSize) + (size % BlockSize == 0 ? 0 : 1);

    /// <summary>False unless there is exactly one digest for every block of a file of <paramref name="size"/> bytes.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> digests, long size, [NotNullWhen(true)] out BlockDigests? blocks)
    {
        var fits = size >= 0 && digests.Length % SHA256.HashSizeInBytes == 0 && digests.Length / SHA256.HashSizeInBytes == CountFor(size);
        blocks = fits ? new(digests.ToArray()) : null;
        return fits;
    }

    /// <summary>Whether <paramref name="content"/> is byte for byte the block that was digested.</summary>
    public bool Matches(long block, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return block < Count && hash.SequenceEqual(_digests.AsSpan((int)block * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
    }

    /// <summary>Reads <paramref name="content"/> to its end once, in constant memory apart from the 32 bytes per block.</summary>
    public static async Task<DigestedContent> ComputeAsync(Stream content, CancellationToken cancel)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var digests = new ArrayBufferWriter<byte>();
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            long size = 0;
            int read;
            while ((read = await content.ReadAtLeastAsync(buffer.AsMemory(0, BlockSize), BlockSize, throwOnEndOfStream: false, cancel)) > 0)
            {
                var block = buffer.AsSpan(0, read);
                whole.AppendData(block);
                SHA256.HashData(block, digests.GetSpan(SHA256.HashSizeInBytes));
                digests.Advance(SHA256.HashSizeInBytes);
                size += read;
            }

            return new DigestedContent(Sha256Digest.Of(whole.GetHashAndReset()), size, new BlockDigests(digests.WrittenSpan.ToArray()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>What one pass over a file found.</summary>
/// <param name="Size">Length in bytes.</param>
internal sealed record DigestedContent(Sha256Digest Sha256, long Size, BlockDigests Blocks);
