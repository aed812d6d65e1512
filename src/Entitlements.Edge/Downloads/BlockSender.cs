using System.Buffers;
using Entitlements.Edge.Artifacts;

namespace Entitlements.Edge.Downloads;

internal enum SendOutcome
{
    Sent,

    /// <summary>A block is short, or not the one that was digested; none of its bytes left.</summary>
    BadBlock,

    /// <summary>The right to go on ended.</summary>
    Stopped,
}

/// <summary>Sends a range of a file block by block, each checked before any of its bytes leave. One pooled 1 MiB buffer, whatever the size.</summary>
internal sealed class BlockSender(DownloadContent content, StreamLease lease, TimeProvider clock)
{
    /// <summary>Bytes written between two questions whether to go on.</summary>
    public const int ChunkSize = 256 * 1024;

    /// <summary>How long a store may take for one block before it counts as lost.</summary>
    private static readonly TimeSpan BlockTimeout = TimeSpan.FromSeconds(30);

    private long _sent;

    /// <summary>First byte to ask the store for, and how many: the blocks that cover the range.</summary>
    public static (long Offset, long Length) Covering(long first, long last, long size)
    {
        var offset = first - (first % BlockDigests.BlockSize);
        return last < first ? (0, 0) : (offset, Math.Min(size, ((last / BlockDigests.BlockSize) + 1) * BlockDigests.BlockSize) - offset);
    }

    /// <param name="file">Stands at the offset that <see cref="Covering"/> told.</param>
    /// <param name="last">Last byte, included; less than <paramref name="first"/> for an empty file.</param>
    public async Task<SendOutcome> SendAsync(Stream file, Stream to, long first, long last, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockDigests.BlockSize);
        try
        {
            for (var start = Covering(first, last, content.Size).Offset; start <= last; start += BlockDigests.BlockSize)
            {
                var block = buffer.AsMemory(0, (int)Math.Min(BlockDigests.BlockSize, content.Size - start));
                if (!await FillAsync(file, block, cancel) || !content.Blocks.Matches(start / BlockDigests.BlockSize, block.Span))
                {
                    return SendOutcome.BadBlock;
                }

                var from = (int)Math.Max(0, first - start);
                var until = (int)Math.Min(block.Length, last - start + 1);
                if (!await WriteAsync(to, block[from..until], cancel))
                {
                    return SendOutcome.Stopped;
                }
            }

            return SendOutcome.Sent;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<bool> FillAsync(Stream file, Memory<byte> block, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(BlockTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            return await file.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, either.Token) == block.Length;
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<bool> WriteAsync(Stream to, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(ChunkSize, bytes.Length)..])
        {
            if (!await lease.MayGoOnAsync(_sent))
            {
                return false;
            }

            var chunk = bytes[..Math.Min(ChunkSize, bytes.Length)];
            await to.WriteAsync(chunk, cancel);
            cancel.ThrowIfCancellationRequested(); // the server swallows writes to a client that has gone
            _sent += chunk.Length;
        }

        return true;
    }
}
