namespace Entitlements.Edge.Downloads;

/// <summary>The right of one running answer to go on.</summary>
/// <remarks>With a lease L: a yes holds until L after its question was sent, by the monotonic clock; the next is asked at L/2, in the
/// background, so that a client that reads slowly is cut all the same. Without one (the gateway's own process): asked chunk by chunk.</remarks>
internal sealed class StreamLease : IAsyncDisposable
{
    private readonly IDownloadSessions _sessions;
    private readonly (string Session, string Token) _what;
    private readonly TimeSpan? _length;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _cut;
    private readonly CancellationTokenSource _done = new();
    private readonly Task _asking;
    private long _yesAskedAt;
    private long _sent;

    /// <param name="askedAt">Timestamp of <paramref name="clock"/> taken before the session was opened: the first yes counts from there.</param>
    public StreamLease(IDownloadSessions sessions, string session, string token, OpenOutcome.Open opened, long askedAt, TimeProvider clock)
    {
        (_sessions, _what, _length, _clock, _yesAskedAt) = (sessions, (session, token), opened.Lease, clock, askedAt);
        _over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _cut = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, opened.Cut);
        if (opened.Lease is { } length)
        {
            _over.CancelAfter(Left(length));
            _asking = KeepAskingAsync(length);
        }
        else
        {
            _asking = Task.CompletedTask;
        }
    }

    /// <summary>Cancelled when the stream may not go on.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>Asked before every chunk, with what was sent before it.</summary>
    public async ValueTask<bool> MayGoOnAsync(long sent)
    {
        Volatile.Write(ref _sent, sent);
        if (_cut.IsCancellationRequested)
        {
            return false;
        }

        return _length is { } length
            ? Left(length) > TimeSpan.Zero // timers may be late, this is not
            : await _sessions.ContinueAsync(_what.Session, _what.Token, sent, _cut.Token) == ContinueOutcome.GoOn && !_cut.IsCancellationRequested;
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _asking;
        _cut.Dispose();
        _over.Dispose();
        _done.Dispose();
    }

    private TimeSpan Left(TimeSpan length)
    {
        var left = length - _clock.GetElapsedTime(Volatile.Read(ref _yesAskedAt));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task KeepAskingAsync(TimeSpan length)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_done.Token, _over.Token);
        var wait = Left(length) - (length / 2);
        try
        {
            while (true)
            {
                await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, _clock, stop.Token);
                var askedAt = _clock.GetTimestamp();
                var answer = await _sessions.ContinueAsync(_what.Session, _what.Token, Volatile.Read(ref _sent), stop.Token);
                if (answer == ContinueOutcome.Stop)
                {
                    await _over.CancelAsync();
                    return;
                }

                if (answer == ContinueOutcome.GoOn)
                {
                    Volatile.Write(ref _yesAskedAt, askedAt);
                    _over.CancelAfter(Left(length));
                }

                wait = answer == ContinueOutcome.GoOn ? Left(length) - (length / 2) : length / 8;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the answer ended, or its right did
        }
        catch (Exception)
        {
            await _over.CancelAsync(); // a fault is not a yes; it surfaces where the stream is disposed
            throw;
        }
    }
}
