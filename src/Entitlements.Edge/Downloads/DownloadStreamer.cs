using Entitlements.Edge.Artifacts;

namespace Entitlements.Edge.Downloads;

/// <summary>Answers an opened session: headers, then checked bytes for as long as it may.</summary>
internal sealed partial class DownloadStreamer(
    IDownloadSessions sessions,
    IArtifacts artifacts,
    StreamSlots slots,
    TimeProvider clock,
    ILogger<DownloadStreamer> log
)
{
    /// <param name="askedAt">Timestamp of the clock before the session was opened.</param>
    public async Task<IResult> AnswerAsync(HttpContext context, string session, string token, OpenOutcome.Open opened, long askedAt)
    {
        var content = opened.Content;
        var range = DownloadHeaders.Range(context.Request, content);
        if (DownloadHeaders.Precondition(context.Request, content) is { } status)
        {
            context.Response.Headers.ETag = DownloadHeaders.ETag(content);
            return TypedResults.StatusCode(status);
        }

        if (range is ByteRange.Unsatisfiable)
        {
            context.Response.Headers.ContentRange = $"bytes */{content.Size}";
            return TypedResults.Problem(
                type: "urn:entitlements:problem:range",
                title: "That range is not in the file.",
                statusCode: StatusCodes.Status416RangeNotSatisfiable
            );
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            WriteHead(context.Response, content, range);
            return TypedResults.Empty;
        }

        using var slot = slots.TryTake(session);
        if (slot is null)
        {
            context.Response.Headers.RetryAfter = "1";
            return DownloadProblems.TooManyStreams();
        }

        return await StreamAsync(context, session, token, opened, range, askedAt);
    }

    private async Task<IResult> StreamAsync(HttpContext context, string session, string token, OpenOutcome.Open opened, ByteRange range, long askedAt)
    {
        var content = opened.Content;
        var (first, last) = range is ByteRange.Part part ? (part.First, part.Last) : (0, content.Size - 1);
        var (offset, length) = BlockSender.Covering(first, last, content.Size);
        await using var lease = new StreamLease(sessions, session, token, opened, askedAt, clock); // kept up while the store takes its time
        await using var file = await artifacts.OpenAsync(content.Sha256, content.Size, offset, length, context.RequestAborted);
        if (file is null)
        {
            StoreCannot(content.Sha256);
            context.Response.Headers.RetryAfter = "2";
            return DownloadProblems.NoStore();
        }

        using var cut = lease.Cut.Register(context.Abort); // at once and within the caller's call, however slowly the client reads
        using var over = CancellationTokenSource.CreateLinkedTokenSource(lease.Cut, context.RequestAborted);
        WriteHead(context.Response, content, range);
        try
        {
            var outcome = await new BlockSender(content, lease, clock).SendAsync(file, context.Response.Body, first, last, over.Token);
            if (outcome == SendOutcome.BadBlock)
            {
                BadBlock(content.Sha256);
            }

            if (outcome != SendOutcome.Sent)
            {
                context.Abort();
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            context.Abort();
        }

        return TypedResults.Empty;
    }

    private static void WriteHead(HttpResponse response, DownloadContent content, ByteRange range)
    {
        DownloadHeaders.Write(response, content);
        response.ContentLength = content.Size;
        if (range is ByteRange.Part(var first, var last))
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {first}-{last}/{content.Size}";
            response.ContentLength = last - first + 1;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The stored file {Sha256} is not what was published: a block is missing or altered. The download was broken off."
    )]
    private partial void BadBlock(Sha256Digest sha256);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The artifact store cannot give {Sha256}.")]
    private partial void StoreCannot(Sha256Digest sha256);
}
